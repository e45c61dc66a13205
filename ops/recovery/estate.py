"""What the recovery region is called and has to have, as the stack files of the checkout say it.

Names follow `infra/naming.py` without importing it: the image `ops` has no program, and nothing is looked up
in a region that may be lost. A test holds both to each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import yaml

from ..errors import OperatorError

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT: Final = "fleet-erp"
STACK: Final = "dr"
RPO_SECONDS: Final = 15 * 60
RTO_SECONDS: Final = 4 * 3600
DRILL_DAYS: Final = 365
SERVICES: Final = ("odoo", "gps")
"""What stands behind the load balancer: a target group each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that the workloads need, by its digest."""

    repository: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeGroup:
    """Nodes, as they are when the region serves."""

    name: str
    instance_type: str
    fewest: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The recovery environment, and the one that it stands in for."""

    environment: str
    account_id: str
    region: str
    primary_environment: str
    primary_account_id: str
    primary_region: str
    zone_id: str
    web_hostname: str
    gps_hostname: str
    images: tuple[Image, ...]
    ops_image: str
    odoo_image: str
    odoo_database: str
    partner_keys: tuple[str, ...]
    node_groups: tuple[NodeGroup, ...]
    multi_az: bool
    backup_retention_days: int
    deletion_protection: bool
    certificate_days: int

    @classmethod
    def read(cls, root: Path = ROOT) -> Self:
        """Read the stack files. Raises OperatorError with what is wrong."""
        config = _configuration(root, STACK)
        try:
            return cls._of(config, _configuration(root, config["recovery"]["peer_environment"]))
        except (KeyError, TypeError) as error:
            raise OperatorError(f"Pulumi.{STACK}.yaml: {error} is missing or of another form") from None

    @classmethod
    def _of(cls, config: dict[str, Any], peer: dict[str, Any]) -> Self:
        recovery, environment, edge = config["recovery"], config["environment"], config["edge"]
        if recovery["role"] != "standby":
            raise OperatorError(f"Pulumi.{STACK}.yaml: fleet-erp:recovery.role is not standby")
        registry = f"{environment['account_id']}.dkr.ecr.{environment['region']}.amazonaws.com"
        workloads = config["workloads"]
        images = {**workloads["images"], "grafana": config["observability"]["grafana"]["image"]}

        def reference(name: str) -> str:
            image = images[name]
            return f"{registry}/{PROJECT}/{image['repository']}:{image['tag']}@{image['digest']}"

        return cls(
            environment=environment["name"],
            account_id=environment["account_id"],
            region=environment["region"],
            primary_environment=recovery["peer_environment"],
            primary_account_id=recovery["peer_account_id"],
            primary_region=recovery["peer_region"],
            zone_id=edge["zone_id"],
            web_hostname=edge["web_hostname"],
            gps_hostname=edge["gps_hostname"],
            images=tuple(
                Image(repository=f"{PROJECT}/{image['repository']}", digest=image["digest"])
                for image in images.values()
            ),
            ops_image=reference("ops"),
            odoo_image=reference("odoo"),
            odoo_database=workloads["odoo"]["database"],
            partner_keys=tuple(peer["secrets"]["partner_keys"]),
            node_groups=tuple(
                NodeGroup(
                    name=group["name"],
                    instance_type=group["instance_type"],
                    fewest=group["size"]["min"],
                    most=group["size"]["max"],
                )
                for group in config["cluster"]["node_groups"]
            ),
            multi_az=config["database"]["multi_az"],
            backup_retention_days=config["database"]["backup_retention_days"],
            deletion_protection=config["database"]["deletion_protection"],
            certificate_days=edge["certificate_expiry_alarm_days"],
        )

    @property
    def prefix(self) -> str:
        """What names here begin with."""
        return f"{PROJECT}-{self.environment}"

    @property
    def primary_prefix(self) -> str:
        """What names of production begin with."""
        return f"{PROJECT}-{self.primary_environment}"

    @property
    def database(self) -> str:
        """The replica, and after the promotion the database."""
        return f"{self.prefix}-postgres"

    @property
    def primary_database(self) -> str:
        """Production's database."""
        return f"{self.primary_prefix}-postgres"

    @property
    def filestore(self) -> str:
        """The creation token of the file system with Odoo's files."""
        return f"{self.prefix}-filestore"

    @property
    def cluster(self) -> str:
        """The EKS cluster."""
        return self.prefix

    @property
    def records_bucket(self) -> str:
        """Where journals and records lie, in this region."""
        return f"{self.prefix}-recovery-{self.account_id}-{self.region}"

    @property
    def state_bucket(self) -> str:
        """Where the state of the stack lies, in this region."""
        return f"{PROJECT}-state-{self.account_id}-{self.region}"

    @property
    def state_backend(self) -> str:
        """The state backend, as the Pulumi CLI is told it."""
        return f"s3://{self.state_bucket}?region={self.region}&awssdk=v2"

    @property
    def copies_vault(self) -> str:
        """Where production's backups are copied to."""
        return f"{self.primary_prefix}-copies"

    @property
    def home_switch(self) -> str:
        """The `Name` of the health check that lets production have the public names; off after a failover."""
        return f"{self.prefix}-home-may-serve"

    @property
    def standby_switch(self) -> str:
        """The `Name` of its opposite."""
        return f"{self.prefix}-standby-may-serve"

    @property
    def target_groups(self) -> tuple[str, ...]:
        """Target groups of the load balancer."""
        return tuple(f"{self.prefix}-{service}" for service in SERVICES)

    @property
    def own_secrets(self) -> str:
        """What names of secrets of this environment begin with."""
        return f"{PROJECT}/{self.environment}/"

    @property
    def needed_secrets(self) -> tuple[str, ...]:
        """Secrets without which nothing starts; replicated partner keys keep production's name."""
        own = ("database-master", "database-odoo", "database-gps", "mail-smtp")
        replicated = (f"{PROJECT}/{self.primary_environment}/{key}" for key in self.partner_keys)
        return (*replicated, *(f"{self.own_secrets}{name}" for name in own))


def _configuration(root: Path, stack: str) -> dict[str, Any]:
    path = root / f"Pulumi.{stack}.yaml"
    try:
        config: Any = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
        return {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items()}
    except FileNotFoundError:
        raise OperatorError(f"there is no {path.name} in this checkout") from None
    except (KeyError, TypeError, AttributeError, yaml.YAMLError):
        raise OperatorError(f"{path.name}: cannot be read") from None
