"""Disks: the class that costs least for what it does, and no more speed than comes with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from policies.aws.tokens import (
    DATABASES,
    LAUNCH_CONFIGURATIONS,
    LAUNCH_TEMPLATES,
    MACHINES,
    SEARCH_DOMAINS,
    VOLUMES,
)
from policies.framework import (
    Block,
    Controls,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
)
from policies.k8s.tokens import STORAGE_CLASSES

_CLASS: Final = "gp3"
_EBS_DRIVER: Final = "ebs.csi.aws.com"
_REQUIREMENTS: Final = ("STOR-01", "STOR-03", "OPS-01")
_STRIPED_FROM_GIB: Final = 400
"""From this size on RDS stripes PostgreSQL over four volumes, with four times the baseline."""


class _Disk(NamedTuple):
    """One disk: where its class stands, and what speed it has without paying."""

    block: Block
    kind: str
    throughput: str
    iops_included: int
    throughput_included: int


_EBS_INCLUDED: Final = (3000, 125)
_STRIPED_INCLUDED: Final = (12000, 500)


def _disks(resource: ResourceView) -> Iterator[_Disk]:
    if resource.type in DATABASES:
        size = resource.number("allocatedStorage")
        # A replica takes its size from its source.
        striped = size is None or size >= _STRIPED_FROM_GIB
        yield _Disk(
            resource, "storageType", "storageThroughput", *(_STRIPED_INCLUDED if striped else _EBS_INCLUDED)
        )
    elif resource.type in SEARCH_DOMAINS:
        if resource.flag("ebsOptions.ebsEnabled"):
            yield _Disk(resource.block("ebsOptions"), "volumeType", "throughput", *_EBS_INCLUDED)
    elif resource.type in VOLUMES:
        yield _Disk(resource, "type", "throughput", *_EBS_INCLUDED)
    elif resource.type in STORAGE_CLASSES:
        if resource.text("provisioner") == _EBS_DRIVER:
            yield _Disk(resource.block("parameters"), "type", "throughput", *_EBS_INCLUDED)
    else:
        for mapping in resource.blocks("blockDeviceMappings"):
            if mapping.has("ebs"):
                yield _Disk(mapping.block("ebs"), "volumeType", "throughput", *_EBS_INCLUDED)
        for device in (*resource.blocks("rootBlockDevice"), *resource.blocks("ebsBlockDevices")):
            yield _Disk(device, "volumeType", "throughput", *_EBS_INCLUDED)


_SUBJECTS: Final = (
    *DATABASES,
    *VOLUMES,
    *LAUNCH_TEMPLATES,
    *LAUNCH_CONFIGURATIONS,
    *MACHINES,
    *SEARCH_DOMAINS,
    *STORAGE_CLASSES,
)


@resource_rule(
    "cst-storage-class",
    subjects=_SUBJECTS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Set the storage class to gp3: it costs less than gp2, and far less than io1.",
)
def storage_class(resource: ResourceView) -> Findings:
    """Every disk is gp3."""
    for disk in _disks(resource):
        kind = disk.block.text(disk.kind)
        if kind != _CLASS:
            yield f"{_at(disk, disk.kind)} is {kind or 'not set'}, not {_CLASS}"


@resource_rule(
    "cst-storage-speed",
    subjects=_SUBJECTS,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Leave iops and throughput at what gp3 includes, or exempt the disk with the reason.",
)
def storage_speed(resource: ResourceView) -> Findings:
    """No disk pays for more speed than gp3 includes without a recorded reason."""
    for disk in _disks(resource):
        for path, included in (("iops", disk.iops_included), (disk.throughput, disk.throughput_included)):
            value = disk.block.number(path) or 0
            if value > included:
                yield f"{_at(disk, path)} is {value:g}, and gp3 includes {included}"


def _at(disk: _Disk, path: str) -> str:
    return f"{disk.block.at}.{path}" if disk.block.at else path
