"""The resource monitor of an offline run: what the engine would do with each registration.

The SDK calls it where it would call the engine over gRPC, from several threads at once. Nothing here
blocks on the program except a transform's callback.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from typing import Final

from google.protobuf import empty_pb2
from pulumi.runtime.proto import callback_pb2, resource_pb2

from preview.engine.errors import RenderError
from preview.engine.goal import Goal
from preview.engine.invokes import InvokeAnswers
from preview.engine.registry import Registry
from preview.engine.remote import construct
from preview.engine.sources import Sources
from preview.engine.transforms import Transforms
from preview.engine.urns import STACK_TYPE
from preview.engine.wire import to_plain, to_struct
from preview.graph import Properties, Resource

_FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
)
_GET_RESOURCE: Final = "pulumi:pulumi:getResource"


class Monitor:
    """Stands where the SDK expects the stub of the engine's ResourceMonitor service."""

    def __init__(
        self,
        *,
        project: str,
        stack: str,
        config: Mapping[str, str],
        secret_keys: Collection[str],
        invokes: InvokeAnswers,
        sources: Sources,
        unknowns: bool,
    ) -> None:
        self.registry = Registry(
            project=project,
            stack=stack,
            config=config,
            secret_keys=secret_keys,
            invokes=invokes,
            unknowns=unknowns,
        )
        self.exports: Properties = {}
        self.transforms = Transforms()
        self._invokes = invokes
        self._sources = sources
        self._lock = threading.RLock()

    def GetDeploymentInfo(self, request: object) -> resource_pb2.DeploymentInfo:  # noqa: N802
        """Say what this monitor understands."""
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def RegisterResource(  # noqa: N802  (name of the RPC, as all below)
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Register a resource or expand a remote component. Raises RenderError where the engine refuses."""
        is_stack = request.type == STACK_TYPE
        source = None if is_stack else self._sources.locate(request.sourcePosition, request.stackTrace)
        goal = Goal.from_request(request, source)
        self.transforms.run(goal)
        if goal.remote:
            return construct(goal, self.registry, record=self._record, enter=self._enter)
        resource = self._record(goal)
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn,
            id=resource.id or "",
            object=to_struct(resource.outputs) if goal.custom else None,
        )

    def _enter(self, goal: Goal) -> Resource:
        self.transforms.run(goal)
        return self._record(goal)

    def _record(self, goal: Goal) -> Resource:
        with self._lock:
            resource = self.registry.register(goal)
            self.transforms.remember(resource.urn, goal.parent, goal.transforms)
        return resource

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Keep the outputs of a component; those of the stack are its exports."""
        outputs = to_plain(request.outputs)
        with self._lock:
            resource = self.registry.resources[request.urn]
            resource.outputs.clear()
            resource.outputs.update(outputs)
            if resource.type == STACK_TYPE:
                self.exports = outputs
        return empty_pb2.Empty()

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        """Note a resource that exists outside the program. Raises RenderError for another stack's outputs."""
        with self._lock:
            resource = self.registry.read(
                request, self._sources.locate(request.sourcePosition, request.stackTrace)
            )
        return resource_pb2.ReadResourceResponse(
            urn=resource.urn, id=resource.id or "", properties=to_struct(resource.outputs)
        )

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        """Answer a look-up, or give back a registered resource. Raises RenderError without an answer."""
        arguments = to_plain(request.args)
        if request.tok == _GET_RESOURCE:
            answer = self.registry.state_of(arguments["urn"])
        else:
            where = self.registry.surroundings(request.provider, arguments.get("region"))
            answer = self._invokes.answer(request.tok, where)
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(answer))
        return response

    def Call(self, request: resource_pb2.ResourceCallRequest) -> None:  # noqa: N802
        """Refuse: methods of remote components run in a plugin."""
        raise RenderError(f"method {request.tok} cannot run offline: it is implemented in a plugin")

    def RegisterPackage(self, request: resource_pb2.RegisterPackageRequest) -> None:  # noqa: N802
        """Refuse: a parameterized provider would have to be asked for its schema."""
        raise RenderError(f"parameterized package {request.name} is not supported offline")

    def RegisterStackTransform(self, request: callback_pb2.Callback) -> empty_pb2.Empty:  # noqa: N802
        """Apply a transform to all resources from now on."""
        with self._lock:
            self.transforms.add_to_stack(request)
        return empty_pb2.Empty()

    def RegisterResourceHook(self, request: object) -> empty_pb2.Empty:  # noqa: N802
        """Accept a hook, which would run at a deployment and changes nothing in the resource list."""
        return empty_pb2.Empty()

    RegisterErrorHook = RegisterResourceHook

    def SignalAndWaitForShutdown(self, request: object) -> empty_pb2.Empty:  # noqa: N802
        """Let the program end."""
        return empty_pb2.Empty()
