"""Volumes: the default of the account, single volumes, the disks of machines, file systems."""

from __future__ import annotations

from collections.abc import Iterator

from policies.aws.keys import without_customer_key
from policies.aws.tokens import (
    FILE_SYSTEMS,
    LAUNCH_CONFIGURATIONS,
    LAUNCH_TEMPLATES,
    MACHINES,
    NODE_GROUPS,
    VOLUME_DEFAULT_KEYS,
    VOLUME_ENCRYPTION_DEFAULTS,
    VOLUME_SNAPSHOT_COPIES,
    VOLUMES,
)
from policies.framework import (
    Block,
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
    stack_rule,
)


@stack_rule(
    "enc-ebs-default",
    subjects=(*VOLUME_ENCRYPTION_DEFAULTS, *VOLUME_DEFAULT_KEYS, *NODE_GROUPS, *LAUNCH_TEMPLATES, *VOLUMES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("EC2.7",), ("CKV_AWS_106",), ("SEC-06", "POL-01")),
    remedy="Declare ebs.EncryptionByDefault(enabled=True) and ebs.DefaultKmsKey with the data key.",
)
def ebs_default(graph: Graph) -> Findings:
    """Where a stack has machines, EBS encryption by default is declared with a customer key."""
    defaults = graph.of(*VOLUME_ENCRYPTION_DEFAULTS)
    keys = graph.of(*VOLUME_DEFAULT_KEYS)
    for default in defaults:
        if not default.flag("enabled", default=True):
            yield default.finding("enabled is false: new volumes are not encrypted unless each one says so")
    for key in keys:
        if why := without_customer_key(key, "keyArn"):
            yield key.finding(why)
    users = graph.of(*NODE_GROUPS, *LAUNCH_TEMPLATES, *VOLUMES)
    if (users or defaults or keys) and not defaults:
        yield "the stack has machines or volumes but declares no ebs.EncryptionByDefault"
    if (users or defaults or keys) and not keys:
        yield "the stack has machines or volumes but declares no ebs.DefaultKmsKey"


@resource_rule(
    "enc-ebs-volume",
    subjects=(*VOLUMES, *VOLUME_SNAPSHOT_COPIES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("EC2.3",), ("CKV_AWS_3", "CKV_AWS_189"), ("SEC-06", "POL-01"), ("8(5)",)),
    remedy="Set encrypted=True and kms_key_id to the data key.",
    by_reference=True,
)
def ebs_volume(volume: ResourceView) -> Findings:
    """Volumes and copied volume snapshots are encrypted with a customer key."""
    if not volume.flag("encrypted"):
        yield "encrypted is not true"
    if why := without_customer_key(volume, "kmsKeyId"):
        yield why


@resource_rule(
    "enc-launch-template-ebs",
    subjects=(*LAUNCH_TEMPLATES, *LAUNCH_CONFIGURATIONS, *MACHINES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("EC2.181",), (), ("SEC-06", "POL-01"), ("8(5)",)),
    remedy='Give every block device ebs=…(encrypted="true", kms_key_id=<data key>).',
    by_reference=True,
)
def launch_template_ebs(machine: ResourceView) -> Findings:
    """Every disk of a node is encrypted with a customer key."""
    disks = list(_disks(machine))
    if not disks:
        yield "no block device is declared, so the disks are whatever the image and the account say"
    for disk in disks:
        if not disk.flag("encrypted"):
            yield f"{disk.at}.encrypted is not true"
        if machine.type in LAUNCH_CONFIGURATIONS:
            yield f"{disk.at} can name no key: use a launch template instead of a launch configuration"
        elif why := without_customer_key(machine, f"{disk.at}.kmsKeyId"):
            yield why


def _disks(machine: ResourceView) -> Iterator[Block]:
    for mapping in machine.blocks("blockDeviceMappings"):
        # An instance-store device has no ebs block and is encrypted by its hardware.
        if not mapping.has("noDevice") and not mapping.has("virtualName"):
            yield mapping.block("ebs")
    yield from machine.blocks("rootBlockDevice")
    yield from machine.blocks("ebsBlockDevices")


@resource_rule(
    "enc-efs",
    subjects=FILE_SYSTEMS,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(
        ("EFS.1", "EFS.8"), ("CKV_AWS_42", "CKV_AWS_184"), ("SEC-06", "POL-01", "DATA-07"), ("8(5)",)
    ),
    remedy="Set encrypted=True and kms_key_id to the data key; a change replaces the file system.",
    exemptible=False,
    by_reference=True,
)
def efs(files: ResourceView) -> Findings:
    """The file store is encrypted with a customer key."""
    if not files.flag("encrypted"):
        yield "encrypted is not true, so attachments lie in clear"
    if why := without_customer_key(files, "kmsKeyId"):
        yield why
