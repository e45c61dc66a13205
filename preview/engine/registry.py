"""The resources of a run: their URNs, inherited options, providers and outputs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pulumi.runtime.proto import resource_pb2

from preview.engine.errors import RenderError
from preview.engine.goal import Goal
from preview.engine.invokes import InvokeAnswers
from preview.engine.outputs import outputs_of
from preview.engine.providers import (
    Surroundings,
    configured_inputs,
    default_provider_name,
    disabled_packages,
    refuse_disabled,
    surroundings,
)
from preview.engine.urns import STACK_TYPE, alias_urns, make_urn
from preview.engine.wire import secret, to_plain
from preview.graph import UNKNOWN, Properties, Resource, plain

_STACK_REFERENCE = "pulumi:pulumi:StackReference"


class Registry:
    """Holds what has been registered; not safe to use from two threads at once."""

    def __init__(
        self,
        *,
        project: str,
        stack: str,
        config: Mapping[str, str],
        secret_keys: Collection[str],
        invokes: InvokeAnswers,
        unknowns: bool,
    ) -> None:
        self.project = project
        self.stack = stack
        self.unknowns = unknowns
        self.resources: dict[str, Resource] = {}
        self.config = config
        self._secret_keys = frozenset(secret_keys)
        self._invokes = invokes
        self._disabled = disabled_packages(config)
        self._deleted_with: dict[str, str] = {}
        self._protected: dict[str, bool | None] = {}
        self._retained: dict[str, bool | None] = {}
        self._providers_of: dict[str, dict[str, str]] = {}
        self._surroundings: dict[str, Surroundings] = {}

    def register(self, goal: Goal) -> Resource:
        """Enter a resource. Raises RenderError for a duplicate URN or a default provider switched off."""
        urn = self._new_urn(goal.token, goal.name, goal.parent, goal.source)
        provider = self.provider_of(goal) if goal.custom and not goal.is_provider else ""
        self._inherit(urn, goal)
        resource_id, outputs = "", {}
        if goal.custom:
            resource_id, outputs = outputs_of(
                goal.token,
                urn,
                goal.name,
                goal.inputs,
                self.surroundings(provider, goal.inputs.get("region")),
                secret_outputs=goal.additional_secret_outputs,
                unknowns=self.unknowns,
            )
        return self._enter(urn, goal, provider, resource_id, outputs)

    def read(self, request: resource_pb2.ReadResourceRequest, source: str | None) -> Resource:
        """Enter a resource that the program only reads. Raises RenderError for a stack reference."""
        if request.type == _STACK_REFERENCE:
            raise RenderError(
                f"stack reference '{request.name}'{_at(source)} cannot be read offline: "
                "what another stack exports must be a setting or a deterministic name"
            )
        goal = Goal(
            token=request.type,
            name=request.name,
            parent=request.parent or None,
            custom=True,
            inputs={},
            dependencies=set(request.dependencies),
            provider=request.provider,
            version=request.version,
            source=source,
        )
        urn = self._new_urn(goal.token, goal.name, goal.parent, source)
        provider = self.provider_of(goal)
        known_id = request.id != UNKNOWN
        outputs: Properties = {**to_plain(request.properties), "id": request.id}
        for key in request.additionalSecretOutputs:
            if key in outputs:
                outputs[key] = secret(outputs[key])
        return self._enter(urn, goal, provider, request.id if known_id else "", outputs, external=True)

    def state_of(self, urn: str) -> Properties:
        """Give URN, id and outputs of a registered resource, as the engine answers `getResource`."""
        resource = self.resources.get(urn)
        if resource is None:
            raise RenderError(f"unknown resource {urn}")
        return {"urn": urn, "id": resource.id or "", "state": resource.outputs}

    def surroundings(self, provider: str, region: object = None) -> Surroundings:
        """Give account and region in which a provider works; a resource's own region wins."""
        found = self._surroundings.get(provider)
        if found is None:
            record = self.resources.get(provider.rsplit("::", 1)[0]) if provider else None
            found = surroundings(record, region=self._invokes.region, account_id=self._invokes.account_id)
            self._surroundings[provider] = found
        own = plain(region)
        if not isinstance(own, str) or own in (UNKNOWN, found.region):
            return found
        return Surroundings(region=own, account_id=found.account_id, default_tags=found.default_tags)

    def default_provider(self, package: str, version: str, subject: str) -> str:
        """Give the reference of the default provider, which comes into being with its first user.

        Raises RenderError when default providers are switched off for the package.
        """
        refuse_disabled(self._disabled, package, subject)
        token = f"pulumi:providers:{package}"
        name = default_provider_name(version)
        urn = make_urn(stack=self.stack, project=self.project, parent=None, token=token, name=name)
        resource = self.resources.get(urn)
        if resource is None:
            inputs = {
                key: secret(value) if f"{package}:{key}" in self._secret_keys else value
                for key, value in configured_inputs(package, self.config).items()
            }
            resource = self.register(Goal(token=token, name=name, parent=None, custom=True, inputs=inputs))
        return f"{urn}::{resource.id or UNKNOWN}"

    def provider_of(self, goal: Goal) -> str:
        """Give the reference of the provider that a registration uses, the default one if it names none."""
        inherited = self._providers_of.get(goal.parent or "", {})
        chosen = goal.provider or goal.providers.get(goal.package) or inherited.get(goal.package)
        return chosen or self.default_provider(goal.package, goal.version, goal.token)

    def _new_urn(self, token: str, name: str, parent: str | None, source: str | None) -> str:
        urn = make_urn(stack=self.stack, project=self.project, parent=parent, token=token, name=name)
        first = self.resources.get(urn)
        if first is not None:
            places = f"{_at(source)}{_first(first.source)}"
            raise RenderError(f"Duplicate resource URN '{urn}'; try giving it a unique name{places}")
        return urn

    def _inherit(self, urn: str, goal: Goal) -> None:
        """Take over what the engine hands down from a parent: protect, retainOnDelete, deletedWith."""
        parent = goal.parent or ""
        if goal.protect is None:
            goal.protect = self._protected.get(parent)
        if goal.retain_on_delete is None:
            goal.retain_on_delete = self._retained.get(parent)
        goal.deleted_with = goal.deleted_with or self._deleted_with.get(parent, "")
        self._protected[urn] = goal.protect
        self._retained[urn] = goal.retain_on_delete
        self._deleted_with[urn] = goal.deleted_with
        if not goal.custom:
            self._providers_of[urn] = {**self._providers_of.get(parent, {}), **goal.providers}

    def _enter(
        self,
        urn: str,
        goal: Goal,
        provider: str,
        resource_id: str,
        outputs: Properties,
        *,
        external: bool = False,
    ) -> Resource:
        parent = self.resources.get(goal.parent or "")
        resource = Resource(
            urn=urn,
            type=goal.token,
            name=goal.name,
            parent=goal.parent,
            custom=goal.custom,
            inputs=goal.inputs,
            outputs=outputs,
            id=resource_id or None,
            provider=provider or None,
            protect=bool(goal.protect),
            retain_on_delete=bool(goal.retain_on_delete),
            delete_before_replace=bool(goal.delete_before_replace),
            dependencies=tuple(sorted(goal.dependencies)),
            property_dependencies={
                key: tuple(sorted(urns)) for key, urns in sorted(goal.property_dependencies.items()) if urns
            },
            ignore_changes=tuple(goal.ignore_changes),
            additional_secret_outputs=tuple(goal.additional_secret_outputs),
            aliases=self._aliases(goal, parent),
            custom_timeouts=goal.custom_timeouts,
            external=external,
            source=goal.source,
        )
        self.resources[urn] = resource
        return resource

    def _aliases(self, goal: Goal, parent: Resource | None) -> tuple[str, ...]:
        inherited = parent.aliases if parent is not None and parent.type != STACK_TYPE else ()
        if not goal.aliases and not inherited:
            return ()
        return alias_urns(
            goal.aliases,
            stack=self.stack,
            project=self.project,
            parent=goal.parent,
            parent_aliases=inherited,
            token=goal.token,
            name=goal.name,
        )


def _at(source: str | None) -> str:
    return f" ({source})" if source else ""


def _first(source: str | None) -> str:
    return f"; it was first used at {source}" if source else ""
