"""The arguments of `pulumi_eks.Cluster` as its plugin reads them, and what this model of it covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from preview.engine.errors import RenderError
from preview.engine.goal import Goal
from preview.engine.wire import contains_unknown, is_reference, output_dependencies, without_output_values
from preview.graph import SIGNATURE_KEY, UNKNOWN, Properties, plain

PLUGIN_VERSION: Final = "4.4.0"
"""The release of pulumi_eks whose plugin is modelled here; another one may register other children."""

_COVERED: Final = frozenset(
    {
        "accessEntries",
        "authenticationMode",
        "bootstrapSelfManagedAddons",
        "clusterSecurityGroup",
        "clusterSecurityGroupTags",
        "clusterTags",
        "corednsAddonOptions",
        "createOidcProvider",
        "deletionProtection",
        "enableConfigMapMutable",
        "enabledClusterLogTypes",
        "encryptionConfigKeyArn",
        "endpointPrivateAccess",
        "endpointPublicAccess",
        "ipFamily",
        "kubeProxyAddonOptions",
        "kubernetesServiceIpAddressRange",
        "name",
        "nodeAssociatePublicIpAddress",
        "nodeSecurityGroupTags",
        "privateSubnetIds",
        "providerCredentialOpts",
        "publicAccessCidrs",
        "publicSubnetIds",
        "serviceRole",
        "skipDefaultNodeGroup",
        "skipDefaultSecurityGroups",
        "subnetIds",
        "tags",
        "upgradePolicy",
        "useDefaultVpcCni",
        "version",
        "vpcCniOptions",
        "vpcId",
    }
)


@dataclass(frozen=True, slots=True)
class Input:
    """A value on its way into a child, with the URNs of the resources it comes from."""

    value: Any
    urns: frozenset[str] = frozenset()


def combined(value: Any, *parts: Input | None) -> Input:  # noqa: ANN401
    """Give a value made of several inputs, with the dependencies of all."""
    return Input(value, frozenset().union(*(part.urns for part in parts if part is not None)))


def whole(value: Any, *parts: Input | None) -> Input:  # noqa: ANN401
    """As `combined`, but unknown as a whole when anything in it is: the plugin waits for all of it."""
    return combined(UNKNOWN if contains_unknown(value) else value, *parts)


class Arguments:
    """Reads the arguments of one cluster component."""

    def __init__(self, goal: Goal) -> None:
        self._raw = goal.inputs
        self._values = without_output_values(goal.inputs)
        self._urns = {
            key: frozenset(goal.property_dependencies.get(key, ())) | output_dependencies(value)
            for key, value in goal.inputs.items()
        }
        self._subject = f"eks:index:Cluster '{goal.name}'{f' ({goal.source})' if goal.source else ''}"

    def input(self, key: str) -> Input | None:
        """Give an argument with its dependencies, or None when it is not set."""
        value = self._values.get(key)
        if value is None:
            return None
        urns = self._urns[key]
        if is_reference(plain(value)):
            urns |= {plain(value)["urn"]}
        return Input(value, urns)

    def nested(self, key: str, *path: str) -> Input | None:
        """Give a value inside an argument with the dependencies of just that value, or None."""
        urns: set[str] = set()
        raw = self._raw.get(key)
        for name in path:
            raw = _opened(raw, urns)
            raw = raw.get(name) if isinstance(raw, dict) else None
        value = without_output_values(raw)
        if value is None:
            return None
        # A transform that rewrites the arguments drops their output values: only the sum is left then.
        exact = bool(output_dependencies(self._raw.get(key)))
        return Input(value, frozenset(urns) | output_dependencies(raw) if exact else self._urns[key])

    def value(self, key: str, default: Any = None) -> Any:  # noqa: ANN401
        """Give the plain value of an argument."""
        value = plain(self._values.get(key))
        return default if value is None else value

    def flag(self, key: str) -> bool:
        """Whether an argument is set to true."""
        return self.value(key) is True

    def tags(self, name: str | None, *keys: str) -> Input | None:
        """Merge tags: the name tag first, then the given arguments, later ones winning."""
        parts = [part for key in keys if (part := self.input(key)) is not None]
        if name is None and not parts:
            return None
        merged: Properties = {} if name is None else {"Name": name}
        for part in parts:
            tags = plain(part.value)
            if not isinstance(tags, dict):
                return combined(UNKNOWN, *parts)
            merged.update(tags)
        return whole(merged, *parts)

    def refuse(self, problem: str) -> RenderError:
        """Make the error for a problem with this cluster."""
        return RenderError(f"{self._subject}: {problem}")

    def check(self) -> None:
        """Raise RenderError for what the plugin refuses, and for what this model does not cover."""
        self._check_coverage()
        self._check_combinations()

    def _check_coverage(self) -> None:
        for key, value in self._values.items():
            if key not in _COVERED and value not in (None, False):
                raise self.refuse(
                    f"{key} is outside the offline model; it covers {', '.join(sorted(_COVERED))}"
                )
        for key, why in (
            ("skipDefaultNodeGroup", "the default node group is outside the offline model"),
            ("vpcId", "without it the component looks up the default VPC"),
        ):
            if not self.value(key):
                raise self.refuse(f"{key} must be set: {why}")

    def _check_combinations(self) -> None:
        mode = self.value("authenticationMode")
        if self.value("accessEntries") and mode not in ("API", "API_AND_CONFIG_MAP"):
            raise self.refuse("accessEntries need authenticationMode API or API_AND_CONFIG_MAP")
        if mode != "API":
            raise self.refuse(
                "authenticationMode must be API: in every other mode the component also writes the aws-auth "
                "ConfigMap, which is outside the offline model"
            )
        if self.value("subnetIds") and any(map(self.value, ("publicSubnetIds", "privateSubnetIds"))):
            raise self.refuse(
                "subnetIds, and the use of publicSubnetIds and/or privateSubnetIds are mutually exclusive"
            )
        if self.value("publicAccessCidrs") and self.value("endpointPublicAccess", default=True) is False:
            raise self.refuse("`publicAccessCidrs` can only be set when `endpointPublicAccess` is true")

    def subnets(self) -> Input | None:
        """Give the subnets of the control plane: one list, or public ones followed by private ones."""
        chosen = self.input("subnetIds")
        if chosen is not None:
            return chosen
        parts = [
            part for key in ("publicSubnetIds", "privateSubnetIds") if (part := self.input(key)) is not None
        ]
        if not parts:
            return None
        lists = [plain(part.value) for part in parts]
        if UNKNOWN in lists:
            return combined(UNKNOWN, *parts)
        return whole([subnet for subnets in lists for subnet in subnets], *parts)


def _opened(value: Any, urns: set[str]) -> Any:  # noqa: ANN401
    """Look into an output value or a secret and note what it depends on."""
    if isinstance(value, dict) and SIGNATURE_KEY in value:
        urns.update(value.get("dependencies", ()))
        return _opened(value.get("value"), urns)
    return value
