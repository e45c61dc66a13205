"""What a program asks for when it registers a resource: the request of the SDK as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.proto import alias_pb2, callback_pb2, resource_pb2

from preview.engine.wire import to_plain
from preview.graph import Properties

_TIMEOUTS = ("create", "update", "delete", "read")


@dataclass(slots=True)
class Goal:
    """One registration before and while transforms change it; the options carry the engine's names."""

    token: str
    name: str
    parent: str | None
    custom: bool
    inputs: Properties
    remote: bool = False
    dependencies: set[str] = field(default_factory=set)
    property_dependencies: dict[str, set[str]] = field(default_factory=dict)
    provider: str = ""
    providers: dict[str, str] = field(default_factory=dict)
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[alias_pb2.Alias] = field(default_factory=list)
    custom_timeouts: dict[str, str] = field(default_factory=dict)
    version: str = ""
    plugin_download_url: str = ""
    deleted_with: str = ""
    import_id: str = ""
    source: str | None = None
    transforms: list[callback_pb2.Callback] = field(default_factory=list)

    @property
    def package(self) -> str:
        """The package whose plugin owns the type."""
        return self.token.split(":", 1)[0]

    @property
    def is_provider(self) -> bool:
        """Whether the resource is itself a provider."""
        return self.token.startswith("pulumi:providers:")

    @classmethod
    def from_request(cls, request: resource_pb2.RegisterResourceRequest, source: str | None) -> Goal:
        """Read a registration request."""
        goal = cls(
            token=request.type,
            name=request.name,
            parent=request.parent or None,
            custom=request.custom,
            remote=request.remote,
            inputs=to_plain(request.object),
            dependencies=set(request.dependencies),
            property_dependencies={
                key: set(dependency.urns) for key, dependency in request.propertyDependencies.items()
            },
            provider=request.provider,
            providers=dict(request.providers),
            ignore_changes=list(request.ignoreChanges),
            replace_on_changes=list(request.replaceOnChanges),
            additional_secret_outputs=list(request.additionalSecretOutputs),
            aliases=[*(alias_pb2.Alias(urn=urn) for urn in request.aliasURNs), *request.aliases],
            version=request.version,
            plugin_download_url=request.pluginDownloadURL,
            deleted_with=request.deletedWith,
            import_id=request.importId,
            source=source,
            transforms=list(request.transforms),
        )
        if request.HasField("protect"):
            goal.protect = request.protect
        if request.HasField("retainOnDelete"):
            goal.retain_on_delete = request.retainOnDelete
        if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace:
            goal.delete_before_replace = request.deleteBeforeReplace
        if request.HasField("customTimeouts"):
            goal.custom_timeouts = _timeouts(request.customTimeouts)
        return goal

    def options(self) -> resource_pb2.TransformResourceOptions:
        """Give the options as a transform sees them."""
        options = resource_pb2.TransformResourceOptions(
            depends_on=sorted(self.dependencies),
            ignore_changes=self.ignore_changes,
            replace_on_changes=self.replace_on_changes,
            additional_secret_outputs=self.additional_secret_outputs,
            aliases=self.aliases,
            provider=self.provider,
            providers=self.providers,
            version=self.version,
            plugin_download_url=self.plugin_download_url,
            deleted_with=self.deleted_with,
        )
        for name in ("protect", "retain_on_delete", "delete_before_replace"):
            value = getattr(self, name)
            if value is not None:
                setattr(options, name, value)
        if self.custom_timeouts:
            timeouts: Mapping[str, Any] = self.custom_timeouts
            options.custom_timeouts.CopyFrom(resource_pb2.RegisterResourceRequest.CustomTimeouts(**timeouts))
        if self.import_id:
            setattr(options, "import", self.import_id)
        return options

    def take_options(self, options: resource_pb2.TransformResourceOptions) -> None:
        """Replace the options by those that a transform gave back."""
        self.dependencies = set(options.depends_on)
        self.ignore_changes = list(options.ignore_changes)
        self.replace_on_changes = list(options.replace_on_changes)
        self.additional_secret_outputs = list(options.additional_secret_outputs)
        self.aliases = list(options.aliases)
        self.provider = options.provider
        self.providers = dict(options.providers)
        self.version = options.version
        self.plugin_download_url = options.plugin_download_url
        self.deleted_with = options.deleted_with
        self.import_id = getattr(options, "import")
        self.protect = options.protect if options.HasField("protect") else None
        self.retain_on_delete = options.retain_on_delete if options.HasField("retain_on_delete") else None
        self.delete_before_replace = (
            options.delete_before_replace if options.HasField("delete_before_replace") else None
        )
        self.custom_timeouts = (
            _timeouts(options.custom_timeouts) if options.HasField("custom_timeouts") else {}
        )


def _timeouts(timeouts: resource_pb2.RegisterResourceRequest.CustomTimeouts) -> dict[str, str]:
    return {name: value for name in _TIMEOUTS if (value := getattr(timeouts, name))}
