"""Namespaces that are closed from their first moment: what comes later finds every guard in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import core

from .network_policies import allow, allow_dns, deny_by_default
from .storage import VOLUMES
from .ways import Path

POD_SECURITY: Final = "pod-security.kubernetes.io"
READINESS_GATE: Final = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
"""Pods of the namespace are ready only when the load balancer finds them healthy; seen when a pod is made."""

DEFAULT_CPU_MILLICORES: Final = 50
DEFAULT_MEMORY_MIB: Final = 128
DEFAULT_MEMORY_LIMIT_MIB: Final = 256
LARGEST_MEMORY_LIMIT_MIB: Final = 6144
"""No container may be larger than what the smallest production node can hold."""


class Share(Protocol):
    """What the pods of a namespace need at most, whoever computed it."""

    @property
    def cpu_millicores(self) -> int:
        """CPU that all pods request."""
        ...

    @property
    def memory_mib(self) -> int:
        """Memory that all pods request."""
        ...

    @property
    def memory_limit_mib(self) -> int:
        """Memory that all pods may use."""
        ...

    @property
    def pods(self) -> int:
        """How many pods."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What all pods of a namespace may request together."""

    cpu_millicores: int
    memory_mib: int
    memory_limit_mib: int
    pods: int
    storage_gib: int = 0
    """Volumes of the default class together; 0: none may be made."""
    claims: int = 1

    @classmethod
    def of(cls, share: Share, *, claims: int) -> Quota:
        """Take the quota from what the load asks for; volumes of its own such a namespace has none."""
        return cls(
            cpu_millicores=share.cpu_millicores,
            memory_mib=share.memory_mib,
            memory_limit_mib=share.memory_limit_mib,
            pods=share.pods,
            claims=claims,
        )

    @property
    def hard(self) -> dict[str, str]:
        """The limits as Kubernetes names them. Load balancers and node ports would go round the edge."""
        return {
            "requests.cpu": f"{self.cpu_millicores}m",
            "requests.memory": f"{self.memory_mib}Mi",
            "limits.memory": f"{self.memory_limit_mib}Mi",
            "pods": str(self.pods),
            "persistentvolumeclaims": str(self.claims),
            f"{VOLUMES}.storageclass.storage.k8s.io/requests.storage": f"{self.storage_gib}Gi",
            "services.loadbalancers": "0",
            "services.nodeports": "0",
        }


class GuardedNamespace(pulumi.ComponentResource):
    """A namespace with everything that guards it (ISO-03, NET-06).

    | guard | what it refuses |
    |---|---|
    | Pod Security label `restricted` | pods that are root, keep capabilities or mount the node |
    | policy `default-deny` | every connection that no path names |
    | quota | requests above the namespace's share of the nodes, load balancers, node ports |
    | limit range | containers without requests; they get small ones |

    Policies `dns` and one per path open what the pods need. `ready` is the list to depend on: a pod made
    before its policies would be open until they arrive.
    """

    name: pulumi.Output[str]
    """The namespace's name, known once it exists."""
    ready: list[pulumi.Resource]

    def __init__(
        self,
        name: str,
        *,
        quota: Quota,
        paths: Sequence[Path],
        kubernetes_version: str,
        labels: Mapping[str, str] | None = None,
        sees_the_node: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the namespace `name` with further `labels`; `kubernetes_version` is that of the standard.

        `sees_the_node`: its pods mount the node's folders, which only the standard `privileged` admits.
        """
        super().__init__("fleet:cluster_platform:GuardedNamespace", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = core.v1.Namespace(
            name,
            core.v1.NamespaceInitArgs(
                metadata=kubernetes.meta.v1.ObjectMetaArgs(
                    name=name,
                    labels={
                        **pod_security_labels(kubernetes_version, sees_the_node=sees_the_node),
                        **(labels or {}),
                    },
                )
            ),
            opts=child,
        )
        self.name = namespace.metadata.apply(lambda metadata: str(metadata.name))
        self.ready = [
            deny_by_default(name, namespace_name=self.name, opts=child),
            allow_dns(name, namespace_name=self.name, opts=child),
            *allow(name, paths, namespace_name=self.name, opts=child),
            self._limits(name, child),
            self._quota(name, quota, child),
        ]
        self.register_outputs({"name": self.name})

    def _quota(self, name: str, quota: Quota, opts: pulumi.ResourceOptions) -> core.v1.ResourceQuota:
        return core.v1.ResourceQuota(
            f"{name}-quota",
            core.v1.ResourceQuotaInitArgs(
                metadata=kubernetes.meta.v1.ObjectMetaArgs(name="quota", namespace=self.name),
                spec=core.v1.ResourceQuotaSpecArgs(hard=quota.hard),
            ),
            opts=opts,
        )

    def _limits(self, name: str, opts: pulumi.ResourceOptions) -> core.v1.LimitRange:
        """Give requests to containers that name none: the quota would refuse their pods."""
        return core.v1.LimitRange(
            f"{name}-limits",
            core.v1.LimitRangeInitArgs(
                metadata=kubernetes.meta.v1.ObjectMetaArgs(name="limits", namespace=self.name),
                spec=core.v1.LimitRangeSpecArgs(
                    limits=[
                        core.v1.LimitRangeItemArgs(
                            type="Container",
                            default_request={
                                "cpu": f"{DEFAULT_CPU_MILLICORES}m",
                                "memory": f"{DEFAULT_MEMORY_MIB}Mi",
                            },
                            # No default limit of CPU: it would slow every container that names none.
                            default={"memory": f"{DEFAULT_MEMORY_LIMIT_MIB}Mi"},
                            max={"memory": f"{LARGEST_MEMORY_LIMIT_MIB}Mi"},
                        )
                    ]
                ),
            ),
            opts=opts,
        )


def pod_security_labels(kubernetes_version: str, *, sees_the_node: bool = False) -> dict[str, str]:
    """Give the labels that hold a namespace to the standard `restricted` as of a Kubernetes version.

    Where pods look at the node it is written down and warned of, and not enforced.
    """
    return {
        f"{POD_SECURITY}/{mode}{suffix}": value
        for mode in ("enforce", "audit", "warn")
        for suffix, value in (
            ("", "privileged" if sees_the_node and mode == "enforce" else "restricted"),
            ("-version", f"v{kubernetes_version}"),
        )
    }
