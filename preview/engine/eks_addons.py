"""The managed add-ons that `pulumi_eks.Cluster` installs: kube-proxy, CoreDNS and the VPC CNI."""

from __future__ import annotations

import json
from typing import Any, Final

from preview.engine.eks_arguments import Arguments, Input, combined
from preview.graph import UNKNOWN, Properties, plain

_CNI_ENVIRONMENT: Final = {
    "AWS_VPC_ENI_MTU": "9001",
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "false",
    "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false",
    "AWS_VPC_K8S_CNI_LOGLEVEL": "DEBUG",
    "AWS_VPC_K8S_CNI_LOG_FILE": "/host/var/log/aws-routed-eni/ipamd.log",
    "AWS_VPC_K8S_CNI_VETHPREFIX": "eni",
    "AWS_VPC_K8S_PLUGIN_LOG_FILE": "/var/log/aws-routed-eni/plugin.log",
    "AWS_VPC_K8S_PLUGIN_LOG_LEVEL": "DEBUG",
    "ENABLE_POD_ENI": "false",
    "WARM_ENI_TARGET": "1",
}
_CNI_INIT_ENVIRONMENT: Final = {"DISABLE_TCP_EARLY_DEMUX": "false"}
_CNI_OPTIONS: Final = {
    "eniMtu": "AWS_VPC_ENI_MTU",
    "customNetworkConfig": "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
    "externalSnat": "AWS_VPC_K8S_CNI_EXTERNALSNAT",
    "logLevel": "AWS_VPC_K8S_CNI_LOGLEVEL",
    "logFile": "AWS_VPC_K8S_CNI_LOG_FILE",
    "vethPrefix": "AWS_VPC_K8S_CNI_VETHPREFIX",
    "enablePodEni": "ENABLE_POD_ENI",
    "enablePrefixDelegation": "ENABLE_PREFIX_DELEGATION",
    "warmEniTarget": "WARM_ENI_TARGET",
    "warmIpTarget": "WARM_IP_TARGET",
    "warmPrefixTarget": "WARM_PREFIX_TARGET",
}
_OTHER_CNI_OPTIONS: Final = frozenset(
    {
        "addonVersion",
        "configurationValues",
        "disableTcpEarlyDemux",
        "enableNetworkPolicy",
        "resolveConflictsOnCreate",
        "resolveConflictsOnUpdate",
        "serviceAccountRoleArn",
    }
)


def wants_kube_proxy(arguments: Arguments) -> bool:
    """Whether the component installs kube-proxy: unless it is told not to."""
    return arguments.value("kubeProxyAddonOptions", {}).get("enabled") is not False


def wants_coredns(arguments: Arguments) -> bool:
    """Whether the component installs CoreDNS although it makes no nodes: only when it is asked for."""
    options = arguments.value("corednsAddonOptions", {})
    return options.get("enabled") is True or bool(options.get("configurationValues"))


def addon_inputs(arguments: Arguments, option: str, addon: str, cluster_name: Input) -> dict[str, Any]:
    """Give the inputs of kube-proxy or CoreDNS. Raises RenderError when its version is not pinned."""
    options = arguments.value(option, {})
    given = arguments.input(option)
    configuration = plain(options.get("configurationValues"))
    return {
        **_common(arguments, option, "version", addon, cluster_name),
        "configurationValues": combined(_json(configuration), given) if configuration else None,
    }


def vpc_cni_inputs(arguments: Arguments, cluster_name: Input) -> dict[str, Any]:
    """Give the inputs of the VPC CNI. Raises RenderError for an option that the model does not cover."""
    options = arguments.value("vpcCniOptions", {})
    given = arguments.input("vpcCniOptions")
    for key in options:
        if key not in _CNI_OPTIONS and key not in _OTHER_CNI_OPTIONS:
            raise arguments.refuse(f"vpcCniOptions.{key} is outside the offline model")
    role = options.get("serviceAccountRoleArn")
    return {
        **_common(arguments, "vpcCniOptions", "addonVersion", "vpc-cni", cluster_name),
        "serviceAccountRoleArn": combined(role, given) if role else None,
        "configurationValues": combined(_json(_cni_configuration(options)), given),
    }


def _common(
    arguments: Arguments, option: str, version: str, addon: str, cluster_name: Input
) -> dict[str, Any]:
    options = arguments.value(option, {})
    pinned = options.get(version)
    if not pinned:
        raise arguments.refuse(
            f"{option}.{version} must be pinned: without it every run looks up the newest version of {addon}"
        )
    return {
        "addonName": addon,
        "addonVersion": combined(pinned, arguments.input(option)),
        "clusterName": cluster_name,
        "preserve": True,
        "resolveConflictsOnCreate": options.get("resolveConflictsOnCreate") or "OVERWRITE",
        "resolveConflictsOnUpdate": options.get("resolveConflictsOnUpdate") or "OVERWRITE",
        "tags": arguments.input("tags"),
    }


def _cni_configuration(options: Properties) -> Properties:
    values = dict(plain(options.get("configurationValues")) or {})
    if options.get("enableNetworkPolicy") is not None:
        values["enableNetworkPolicy"] = _text(options["enableNetworkPolicy"])
    chosen = {name: _text(options[key]) for key, name in _CNI_OPTIONS.items() if options.get(key) is not None}
    values["env"] = {**_CNI_ENVIRONMENT, **chosen, **(values.get("env") or {})}
    init = dict(values.get("init") or {})
    demux = options.get("disableTcpEarlyDemux")
    switched = {} if demux is None else {"DISABLE_TCP_EARLY_DEMUX": _text(demux)}
    init["env"] = {**_CNI_INIT_ENVIRONMENT, **switched, **(init.get("env") or {})}
    values["init"] = init
    return values


def _text(value: Any) -> str:  # noqa: ANN401
    value = plain(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(value: Any) -> str:  # noqa: ANN401
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return UNKNOWN if UNKNOWN in text else text
