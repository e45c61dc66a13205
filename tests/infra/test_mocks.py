"""Components under Pulumi's own mocks, as the field's unit tests do it; everything else renders for real."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, reset_options, set_mocks

from infra.data import Registry, Secrets
from infra.keys import Keys
from infra.naming import Naming
from infra.protection import ServiceLinkedRoles

from .settings.stack_files import estate_settings


class Recorder(Mocks):
    """Answers every registration with its inputs and remembers it."""

    def __init__(self) -> None:
        self.registered: list[MockResourceArgs] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Keep the registration; the id is made of the name."""
        self.registered.append(args)
        arn = f"arn:aws:mock:ap-south-1:111122223333:{args.name}"
        return f"{args.name}-id", {"arn": arn, **args.inputs}

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        """Refuse look-ups: no component may make one."""
        raise AssertionError(f"unexpected look-up {args.token}")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Mocks for one test; the SDK's settings are put back afterwards."""
    mocks = Recorder()
    # The SDK's mocks run on the thread's loop, which a render before this test may have closed.
    with asyncio.Runner() as runner:
        asyncio.set_event_loop(runner.get_loop())
        set_mocks(mocks, project="fleet-erp", stack="prod", preview=False)
        yield mocks
        reset_options()


def _keys(naming: Naming) -> Keys:
    settings = estate_settings("prod")
    roles = ServiceLinkedRoles("service-linked-roles", settings=settings.environment)
    return Keys("keys", settings=settings.encryption, naming=naming, service_linked_roles=roles, protect=True)


@pytest.mark.requirement("CARD-02")
@pulumi.runtime.test
def test_every_key_rotates(recorder: Recorder, naming: Naming) -> pulumi.Output[None]:
    keys = _keys(naming)

    def check(arns: list[str]) -> None:
        assert len(set(arns)) == 4
        made = [args for args in recorder.registered if args.typ == "aws:kms/key:Key"]
        assert len(made) == 4
        assert all(args.inputs["enableKeyRotation"] is True for args in made)
        assert all(args.inputs["deletionWindowInDays"] == 30 for args in made)

    return pulumi.Output.all(keys.data.arn, keys.logs.arn, keys.secrets.arn, keys.backup.arn).apply(check)


@pytest.mark.requirement("CARD-02", "SEC-02")
@pulumi.runtime.test
def test_partner_keys_are_declared_without_value(recorder: Recorder, naming: Naming) -> pulumi.Output[None]:
    secrets = Secrets(
        "secrets", settings=estate_settings("prod").secrets, naming=naming, keys=_keys(naming), protect=True
    )

    def check(arns: dict[str, str]) -> None:
        assert set(arns) == {"gsp-api-key", "gps-api-key"}
        kinds = [args.typ for args in recorder.registered if args.typ.startswith("aws:secretsmanager/")]
        assert kinds == ["aws:secretsmanager/secret:Secret"] * 2

    return pulumi.Output.all(**secrets.arns).apply(check)


@pytest.mark.requirement("CARD-02")
@pulumi.runtime.test
def test_images_cannot_be_overwritten(recorder: Recorder, naming: Naming) -> pulumi.Output[None]:
    registry = Registry(
        "registry", settings=estate_settings("prod").registry, naming=naming, keys=_keys(naming)
    )

    def check(urls: dict[str, str]) -> None:
        assert set(urls) == {"odoo", "nginx", "gps", "ops", "grafana"}
        made = [args for args in recorder.registered if args.typ == "aws:ecr/repository:Repository"]
        assert [args.inputs["imageTagMutability"] for args in made] == ["IMMUTABLE"] * 5

    return pulumi.Output.all(**registry.urls).apply(check)
