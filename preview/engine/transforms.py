"""Resource transforms: the program's own callbacks, called back over gRPC as the engine does it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import grpc
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

from preview.engine.errors import RenderError, one_line
from preview.engine.goal import Goal
from preview.engine.wire import (
    output_dependencies,
    to_plain,
    to_struct,
    with_output_values,
    without_output_values,
)

_MESSAGE_SIZE_BYTES: Final = 400 * 1024 * 1024
LONGEST_CALL_SECONDS: Final = 30
"""How long the end of a run waits for transforms that are still running."""


class Transforms:
    """Runs the transforms of a run and remembers which resource and which stack they belong to.

    The order is the engine's: a resource's own transforms, then its parent's, grandparent's and so on,
    the stack's last. Each sees what the one before gave back.
    """

    def __init__(self) -> None:
        self._stack: list[callback_pb2.Callback] = []
        self._by_urn: dict[str, list[callback_pb2.Callback]] = {}
        self._parents: dict[str, str | None] = {}
        self._channels: dict[str, grpc.Channel] = {}
        self._calls = threading.Condition()
        self._running = 0
        self._ending = False

    def add_to_stack(self, callback: callback_pb2.Callback) -> None:
        """Apply a transform to every resource that is registered from now on."""
        self._stack.append(callback)

    def remember(self, urn: str, parent: str | None, own: list[callback_pb2.Callback]) -> None:
        """Note a registered resource, whose transforms its children will pass through."""
        self._parents[urn] = parent
        if own:
            self._by_urn[urn] = own

    def run(self, goal: Goal) -> None:
        """Pass a registration through every transform that applies to it. Raises RenderError if one fails."""
        for callback in self._applying_to(goal):
            self._call(callback, goal)

    def close(self) -> None:
        """Let no transform begin any more, wait for those that run, and close the connections.

        The server runs on the program's loop, so that loop must be free meanwhile. A server that stops in
        the middle of a call leaves a completion queue behind that may fill without end.
        """
        with self._calls:
            self._ending = True
            self._calls.wait_for(lambda: self._running == 0, timeout=LONGEST_CALL_SECONDS)
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()

    def _applying_to(self, goal: Goal) -> Iterable[callback_pb2.Callback]:
        yield from goal.transforms
        ancestor = goal.parent
        while ancestor:
            yield from self._by_urn.get(ancestor, ())
            ancestor = self._parents.get(ancestor)
        yield from self._stack

    @contextmanager
    def _call_in_progress(self, goal: Goal) -> Iterator[None]:
        with self._calls:
            if self._ending:
                raise RenderError(f"the run ended before {goal.token} '{goal.name}' was transformed")
            self._running += 1
        try:
            yield
        finally:
            with self._calls:
                self._running -= 1
                self._calls.notify_all()

    def _call(self, callback: callback_pb2.Callback, goal: Goal) -> None:
        request = resource_pb2.TransformRequest(
            type=goal.token,
            name=goal.name,
            custom=goal.custom,
            parent=goal.parent or "",
            properties=to_struct(with_output_values(goal.inputs)),
            options=goal.options(),
        )
        try:
            with self._call_in_progress(goal):
                answer = self._stub(callback.target).Invoke(
                    callback_pb2.CallbackInvokeRequest(
                        token=callback.token, request=request.SerializeToString()
                    )
                )
        except grpc.RpcError as error:
            details = one_line(error.details() if isinstance(error, grpc.Call) else error)
            raise RenderError(
                f"a transform failed on {goal.token} '{goal.name}': "
                f"{details.removeprefix(f'Invoke callback {callback.token} error: ')}"
            ) from None
        response = resource_pb2.TransformResponse.FromString(answer.response)
        properties = to_plain(response.properties)
        for key, value in properties.items():
            if urns := output_dependencies(value):
                goal.property_dependencies.setdefault(key, set()).update(urns)
        # A remote component receives output values, so what was one before stays one.
        goal.inputs = properties if goal.remote else without_output_values(properties)
        goal.property_dependencies = {
            key: urns for key, urns in goal.property_dependencies.items() if key in goal.inputs
        }
        if response.HasField("options"):
            goal.take_options(response.options)

    def _stub(self, target: str) -> callback_pb2_grpc.CallbacksStub:
        channel = self._channels.get(target)
        if channel is None:
            options = [
                ("grpc.max_receive_message_length", _MESSAGE_SIZE_BYTES),
                ("grpc.max_send_message_length", _MESSAGE_SIZE_BYTES),
            ]
            channel = self._channels.setdefault(target, grpc.insecure_channel(target, options=options))
        return callback_pb2_grpc.CallbacksStub(channel)
