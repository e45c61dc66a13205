"""How much pods may request on the nodes of a group, and whether given pods fit.

| | of two vCPU and 8 GiB (m5.large) | |
|---|---|---|
| CPU less the kubelet's | 60m of the first core, 10m of the second, 5m of the next two | 1930m |
| memory the machine shows | 92.5 % of what the type is sold with | 7577 MiB |
| memory less the kubelet's | 255 MiB, 11 MiB for each pod it may hold, 100 MiB unused | 6903 MiB |
| pods | network interfaces x (addresses of one - 1) + 2 | 29 |

Sources: EKS's nodeadm and its AMI's eni-max-pods.txt; Karpenter's `vmMemoryOverheadPercent` of 7.5 %, which
is on the safe side (an m5.large shows 94.4 %).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import ge, truediv
from typing import Final

from ..settings.cluster import NodeGroupSettings

CORES_RESERVED_MILLICORES: Final = (60, 10, 5, 5)
MORE_CORES_RESERVED_MILLICORES: Final = 2.5
SHOWN_MEMORY_PERMILLE: Final = 925
KUBELET_MEMORY_MIB: Final = 255
KUBELET_MEMORY_PER_POD_MIB: Final = 11
EVICTION_MEMORY_MIB: Final = 100
MOST_NODES: Final = 100
"""Beyond that the answer is another design, not another node."""

_Size = tuple[int, int, int]
"""CPU in millicores, memory in MiB, pods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What AWS sells as an instance type."""

    cores: int
    memory_gib: int
    interfaces: int
    addresses_per_interface: int

    @property
    def most_pods(self) -> int:
        """Pods that get an address, without prefix delegation."""
        return self.interfaces * (self.addresses_per_interface - 1) + 2


_LARGE: Final = Machine(cores=2, memory_gib=8, interfaces=3, addresses_per_interface=10)
_T_MEDIUM: Final = Machine(cores=2, memory_gib=4, interfaces=3, addresses_per_interface=6)
MACHINES: Final = {
    "t3.medium": _T_MEDIUM,
    "t3a.medium": _T_MEDIUM,
    "t4g.medium": _T_MEDIUM,
    "t3.large": Machine(cores=2, memory_gib=8, interfaces=3, addresses_per_interface=12),
    "m5.large": _LARGE,
    "m5.xlarge": Machine(cores=4, memory_gib=16, interfaces=4, addresses_per_interface=15),
    "m6i.large": _LARGE,
    "m6g.large": _LARGE,
    "m7g.large": _LARGE,
    "m7i.large": _LARGE,
}
"""Every instance type that the settings allow: EC2's instance types page, ENI limits as above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PodRequest:
    """Pods of one kind and what each of them requests."""

    name: str
    pods: int
    cpu_millicores: int
    memory_mib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What one node, or one namespace's quota, has for pods."""

    cpu_millicores: int
    memory_mib: int
    pods: int

    def without(self, requests: Sequence[PodRequest]) -> Room:
        """Give what is left when these pods are there."""
        return Room(
            cpu_millicores=self.cpu_millicores - sum(r.pods * r.cpu_millicores for r in requests),
            memory_mib=self.memory_mib - sum(r.pods * r.memory_mib for r in requests),
            pods=self.pods - sum(r.pods for r in requests),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Whether pods fit so many nodes: their sums, and how many nodes hold them when they are placed."""

    nodes: int
    cpu_requested_millicores: int
    cpu_available_millicores: int
    memory_requested_mib: int
    memory_available_mib: int
    pods_requested: int
    pods_available: int
    nodes_needed: int | None
    """None: a pod is larger than a node, or `MOST_NODES` do not hold them all."""

    @property
    def holds(self) -> bool:
        """Whether every pod finds a place."""
        return self.nodes_needed is not None and self.nodes_needed <= self.nodes


def allocatable(group: NodeGroupSettings) -> Room:
    """Give what one node of `group` has for pods, DaemonSets among them."""
    machine = MACHINES[group.instance_type]
    pods = machine.most_pods if group.max_pods is None else group.max_pods
    reserved = sum(CORES_RESERVED_MILLICORES[: machine.cores])
    reserved += int(MORE_CORES_RESERVED_MILLICORES * max(0, machine.cores - len(CORES_RESERVED_MILLICORES)))
    shown_mib = machine.memory_gib * 1024 * SHOWN_MEMORY_PERMILLE // 1000
    kubelet_mib = KUBELET_MEMORY_MIB + KUBELET_MEMORY_PER_POD_MIB * pods + EVICTION_MEMORY_MIB
    return Room(cpu_millicores=machine.cores * 1000 - reserved, memory_mib=shown_mib - kubelet_mib, pods=pods)


def fit(requests: Sequence[PodRequest], rooms: Sequence[Room]) -> Fit:
    """Place pods into the rooms of nodes, DaemonSets already taken off; more nodes would be like the last.

    Sums alone would promise too much: three pods of 750m are 2250m, yet a node of 1690m takes two.
    """
    return Fit(
        nodes=len(rooms),
        cpu_requested_millicores=sum(r.pods * r.cpu_millicores for r in requests),
        cpu_available_millicores=sum(room.cpu_millicores for room in rooms),
        memory_requested_mib=sum(r.pods * r.memory_mib for r in requests),
        memory_available_mib=sum(room.memory_mib for room in rooms),
        pods_requested=sum(r.pods for r in requests),
        pods_available=sum(room.pods for room in rooms),
        nodes_needed=_nodes_needed(requests, rooms),
    )


def _nodes_needed(requests: Sequence[PodRequest], rooms: Sequence[Room]) -> int | None:
    """Give the fewest nodes, one at least, on which `_placed` finds a place for every pod."""
    last = rooms[-1]
    # A pod that a new node does not take never finds a place, however many there are.
    if not all(_takes(_free(last), _size(request)) for request in requests if request.pods):
        return None
    ordered = sorted((r for r in requests if r.pods), key=lambda r: (-_part(_size(r), _free(last)), r.name))
    sizes = [_size(request) for request in ordered for _ in range(request.pods)]
    wanted = [sum(part) for part in zip(*sizes, strict=True)]
    for nodes in range(1, MOST_NODES + 1):
        taken = [rooms[index] if index < len(rooms) else last for index in range(nodes)]
        enough = [sum(part) for part in zip(*map(_free, taken), strict=True)]
        # Sums first: placing pods takes longer.
        if all(map(ge, enough, wanted)) and _placed(sizes, taken):
            return nodes
    return None


def _placed(sizes: Sequence[_Size], rooms: Sequence[Room]) -> bool:
    """Place the largest pods first, each where most is left, as the scheduler spreads them."""
    left = [_free(room) for room in rooms]
    whole = list(left)
    for size in sizes:
        fitting = [index for index, node in enumerate(left) if _takes(node, size)]
        if not fitting:
            return False
        # What is left least of decides: CPU, memory or addresses for pods.
        best = max(fitting, key=lambda index: min(map(truediv, left[index], whole[index])))
        cpu, memory, pods = left[best]
        left[best] = (cpu - size[0], memory - size[1], pods - size[2])
    return True


def _size(request: PodRequest) -> _Size:
    return (request.cpu_millicores, request.memory_mib, 1)


def _free(room: Room) -> _Size:
    return (max(room.cpu_millicores, 0), max(room.memory_mib, 0), max(room.pods, 0))


def _takes(free: _Size, size: _Size) -> bool:
    return size[0] <= free[0] and size[1] <= free[1] and size[2] <= free[2]


def _part(size: _Size, free: _Size) -> float:
    """The share of a node that a pod takes, of whatever it takes most of."""
    return max(map(truediv, size, free))
