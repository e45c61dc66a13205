"""What the pods of a namespace may request together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .sizes import PodCapacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What all pods of a namespace may request together."""

    cpu_millicores: int
    memory_mib: int
    memory_limit_mib: int
    pods: int


def quota(pods: Sequence[PodCapacity], *, headroom_percent: int) -> Quota:
    """Allow all pods at their maximum, one more of each for its update, and `headroom_percent` above that."""

    def with_headroom(wanted: int) -> int:
        return wanted * (100 + headroom_percent) // 100

    return Quota(
        cpu_millicores=with_headroom(sum((pod.replicas_max + 1) * pod.cpu_millicores for pod in pods)),
        memory_mib=with_headroom(sum((pod.replicas_max + 1) * pod.memory_mib for pod in pods)),
        memory_limit_mib=with_headroom(sum((pod.replicas_max + 1) * pod.memory_limit_mib for pod in pods)),
        pods=with_headroom(sum(pod.replicas_max + 1 for pod in pods)),
    )
