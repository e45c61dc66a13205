"""The EKS cluster and its node groups."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from .types import (
    Area,
    Cidr,
    Count,
    Ec2InstanceType,
    KebabName,
    LogRetentionDays,
    PositiveCount,
    RoleName,
    StorageGib,
)


class NodeSizeSettings(Area):
    """How many nodes a group has; EKS wants `max` of at least 1.

    A whole number alone is a fixed size, one value to change by hand (SCALE-02, SCALE-03).
    """

    min: Count
    desired: Count
    max: PositiveCount

    @property
    def fixed(self) -> bool:
        """Whether the number of nodes never changes by itself."""
        return self.min == self.max

    @model_validator(mode="before")
    @classmethod
    def _fixed_size(cls, value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            return {"min": value, "desired": value, "max": value}
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        definition = handler.resolve_ref_schema(handler(schema))
        table = dict(definition)
        definition.clear()
        definition["anyOf"] = [{"type": "integer", "minimum": 1}, table]
        return definition


class TaintSettings(Area):
    """A taint that keeps pods without the matching toleration away."""

    key: str
    value: str
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]


class NodeGroupSettings(Area):
    """One managed node group (COMP-01..03)."""

    name: KebabName
    instance_type: Ec2InstanceType
    capacity: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    size: NodeSizeSettings
    standby_size: NodeSizeSettings | None = None
    """Size while a recovery environment does not serve; None: `size` always."""
    autoscaled: bool
    """Whether the Cluster Autoscaler owns the desired size between min and max (AUTO-01)."""
    volume_gib: StorageGib
    max_pods: int | None = Field(default=None, ge=8, le=110)
    """Pods per node when prefix delegation is on; None: EKS derives it from the instance type."""
    taints: tuple[TaintSettings, ...] = ()

    def size_when(self, *, serving: bool) -> NodeSizeSettings:
        """Give the size that holds now."""
        return self.size if serving or self.standby_size is None else self.standby_size


class ClusterSettings(Area):
    """The EKS control plane and who gets in."""

    service_cidr: Cidr
    """Addresses of Kubernetes services; must not touch the VPC."""
    public_access_cidrs: tuple[Cidr, ...] = ()
    """Who reaches the API endpoint from the internet; empty: the endpoint is private only."""
    deployer_role: RoleName
    """The role of the deployment pipeline: cluster administrator by an access entry of its own."""
    break_glass_role: RoleName
    """Administrators in an emergency."""
    operator_role: RoleName
    """Engineers on call: edit workloads, no cluster-wide rights."""
    read_only_role: RoleName
    """Everyone who may look."""
    developer_role: RoleName | None = None
    """Developers with workspaces in this cluster; None: it has none."""
    control_plane_log_retention_days: LogRetentionDays
    deletion_protection: bool
    prefix_delegation: bool = False
    """More pods per node at the price of /28 address blocks; only where density matters."""
    node_groups: tuple[NodeGroupSettings, ...] = Field(min_length=1)

    @property
    def shared_groups(self) -> tuple[NodeGroupSettings, ...]:
        """The groups whose nodes take every pod: those without taints."""
        return tuple(group for group in self.node_groups if not group.taints)

    @property
    def controller_replicas(self) -> int:
        """Pods of each controller: two, but one on a single node, where a second protects from nothing."""
        return min(2, sum(group.size.max for group in self.shared_groups))
