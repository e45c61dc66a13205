"""Every physical name, tag and deterministic ARN.

Names are computed, never looked up: another stack, a schedule or a recovery region can know them from
settings alone. Each service's own limits are checked here, once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, Self

from .settings import PROJECT, EnvironmentSettings, ImageSettings, ScheduleSettings

PARTITION: Final = "aws"

DATA_REPLICAS: Final = "data-replicas"
SECRET_REPLICAS: Final = "secret-replicas"
"""Purposes of the keys that a home has in the region of its standby: of copied objects and images, and of
copied secrets. `naming.elsewhere(region).key_alias(SECRET_REPLICAS)` is the alias there."""

Classification = Literal["restricted", "confidential", "internal", "public"]


class NamingError(ValueError):
    """A physical name would break the limits of its service."""


class Kind(Enum):
    """Things with physical names: what they are, the longest name and the form that the service accepts."""

    BACKUP_PLAN = ("backup plan", 50, r"[\w.-]+")
    BACKUP_VAULT = ("backup vault", 50, r"[A-Za-z0-9_-]{2,}")
    BROKER = ("broker", 50, r"[A-Za-z0-9_-]+")
    BUCKET = ("bucket", 63, r"[a-z0-9][a-z0-9.-]+[a-z0-9]")
    CACHE = ("cache", 40, r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
    CLUSTER = ("cluster", 100, r"[A-Za-z0-9][A-Za-z0-9_-]*")
    DATABASE = ("database", 63, r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
    EVENT_BUS = ("event bus", 256, r"[A-Za-z0-9._/-]+")
    EVENT_RULE = ("event rule", 64, r"[\w.-]+")
    EVENT_SUBSCRIPTION = ("event subscription", 254, r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*")
    FILE_SYSTEM = ("file system", 64, r"[A-Za-z0-9-]+")
    FUNCTION = ("function", 64, r"[A-Za-z0-9_-]+")
    LAUNCH_TEMPLATE = ("launch template", 128, r"[A-Za-z0-9().\-/_]{3,}")
    LOAD_BALANCER = ("load balancer", 32, r"[A-Za-z0-9](-?[A-Za-z0-9])*")
    METRIC_ALARM = ("metric alarm", 255, r".+")
    METRIC_WORKSPACE = ("workspace of Amazon Managed Prometheus", 100, r"[A-Za-z0-9_-]+")
    PARAMETER_GROUP = ("parameter group", 255, r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
    QUEUE = ("queue", 80, r"[A-Za-z0-9_-]+")
    ROLE = ("role", 64, r"[\w+=,.@-]+")
    SCHEDULE = ("schedule", 64, r"[0-9A-Za-z_.-]+")
    SEARCH_DOMAIN = ("search domain", 28, r"[a-z][a-z0-9-]{2,}")
    # EC2 refuses group names that begin with sg-.
    SECURITY_GROUP = ("security group", 255, r"(?!sg-)[\w .:/()#,@\[\]+=&;{}!$*-]+")
    STATE_MACHINE = ("state machine", 80, r"[0-9A-Za-z_-]+")
    SUBNET_GROUP = ("subnet group", 255, r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
    TASK_FAMILY = ("task definition family", 255, r"[A-Za-z0-9_-]+")
    TARGET_GROUP = ("target group", 32, r"[A-Za-z0-9](-?[A-Za-z0-9])*")
    TOPIC = ("topic", 256, r"[\w-]+")
    TRAIL = ("trail", 128, r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*")
    WEB_ACL = ("web acl", 128, r"[\w-]+")

    @property
    def longest(self) -> int:
        """The longest name in characters."""
        return self.value[1]

    def check(self, name: str) -> str:
        """Give `name` back. Raises NamingError when the service would refuse it."""
        what, longest, form = self.value
        if len(name) > longest or not re.fullmatch(form, name):
            raise NamingError(
                f"{name!r} is not a name for a {what}: at most {longest} characters of the form {form}"
            )
        return name


SecurityGroupRole = Literal["alb", "eks-nodes", "rds", "mq", "cache", "search", "efs", "endpoints"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The names of one environment in one account and region."""

    environment: str
    account_id: str
    region: str
    owner: str
    cost_center: str
    schedule: str

    @classmethod
    def of(cls, environment: EnvironmentSettings, schedule: ScheduleSettings) -> Self:
        """Take the identity of a stack from its settings."""
        return cls(
            environment=environment.name,
            account_id=environment.account_id,
            region=environment.region,
            owner=environment.owner,
            cost_center=environment.cost_center,
            schedule=schedule.tag_value,
        )

    def peer(self, *, environment: str, account_id: str, region: str) -> Naming:
        """The names of another environment, for references that need no look-up."""
        return Naming(
            environment=environment,
            account_id=account_id,
            region=region,
            owner=self.owner,
            cost_center=self.cost_center,
            schedule=self.schedule,
        )

    def elsewhere(self, region: str) -> Naming:
        """The names of this environment in another region, where its copies lie."""
        return self.peer(environment=self.environment, account_id=self.account_id, region=region)

    @property
    def prefix(self) -> str:
        """What every name of the environment begins with: `fleet-erp-prod`."""
        return f"{PROJECT}-{self.environment}"

    def name(self, kind: Kind, *parts: str) -> str:
        """Join prefix and parts with hyphens. Raises NamingError when the service would refuse the name."""
        return kind.check("-".join((self.prefix, *parts)))

    def bucket(self, purpose: str) -> str:
        """Name a bucket; the account id makes it unique in the world, the region within the account."""
        return Kind.BUCKET.check(f"{self.prefix}-{purpose}-{self.account_id}-{self.region}")

    def security_group(self, role: SecurityGroupRole) -> str:
        """The strategy's name of a group, `sg-rds-prod`: the `Name` tag and the logical name."""
        return f"sg-{role}-{self.environment}"

    def security_group_ec2_name(self, role: SecurityGroupRole) -> str:
        """The EC2 name of a group, `rds-prod`: the API refuses names that begin with `sg-`."""
        return Kind.SECURITY_GROUP.check(f"{role}-{self.environment}")

    def log_group(self, *parts: str) -> str:
        """Name a log group: `/fleet-erp/prod/flow-logs`."""
        return "/".join((f"/{PROJECT}", self.environment, *parts))

    @property
    def firewall_log_group(self) -> str:
        """The log group of the web ACL: AWS WAF writes only to names that begin with `aws-waf-logs-`."""
        return f"aws-waf-logs-{self.prefix}"

    def secret(self, purpose: str) -> str:
        """Name a secret: `fleet-erp/prod/database-master`."""
        return f"{PROJECT}/{self.environment}/{purpose}"

    def repository(self, image: str) -> str:
        """Name an ECR repository, `fleet-erp/odoo`: the same everywhere, so that images keep their name."""
        return f"{PROJECT}/{image}"

    @property
    def registry(self) -> str:
        """The host of this environment's image registry."""
        return f"{self.account_id}.dkr.ecr.{self.region}.amazonaws.com"

    def image(self, image: ImageSettings) -> str:
        """Give the reference of an image in this environment's registry, pinned by digest."""
        return f"{self.registry}/{self.repository(image.repository)}:{image.tag}@{image.digest}"

    def key_alias(self, purpose: str) -> str:
        """Name a KMS alias: `alias/fleet-erp-prod-data`."""
        return f"alias/{self.prefix}-{purpose}"

    @property
    def cluster(self) -> str:
        """The EKS cluster's name."""
        return self.name(Kind.CLUSTER)

    @property
    def trail(self) -> str:
        """The name of the account's trail."""
        return self.name(Kind.TRAIL)

    def service_account_role(self, namespace: str, service_account: str) -> str:
        """Name the role of one Kubernetes service account: `fleet-erp-prod-kube-system-aws-node`."""
        return self.name(Kind.ROLE, namespace, service_account)

    @property
    def database(self) -> str:
        """The identifier of the primary database instance."""
        return self.name(Kind.DATABASE, "postgres")

    @property
    def database_report_replica(self) -> str:
        """The identifier of the replica that reports read."""
        return self.name(Kind.DATABASE, "postgres", "report")

    def tags(
        self,
        name: str | None = None,
        *,
        classification: Classification | None = None,
        schedule: str | None = None,
    ) -> dict[str, str]:
        """Tags of one resource on top of the provider's defaults: its `Name` and what differs from them."""
        tags = {} if name is None else {"Name": name}
        if classification is not None:
            tags["DataClassification"] = classification
        if schedule is not None:
            tags["Schedule"] = schedule
        return tags

    @property
    def default_tags(self) -> dict[str, str]:
        """The tag set of every resource, given to the provider.

        `Schedule` is what nodes and databases obey; what cannot stop says `always-on` in its own tags
        or is known as such by its type.
        """
        return {
            "Environment": self.environment,
            "Application": PROJECT,
            "Owner": self.owner,
            "CostCenter": self.cost_center,
            "ManagedBy": "pulumi",
            "DataClassification": "internal",
            "Schedule": self.schedule,
        }

    def arn(self, service: str, resource: str) -> str:
        """Compose the ARN of a regional resource of this account."""
        return f"arn:{PARTITION}:{service}:{self.region}:{self.account_id}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """Compose the ARN of a resource without region, such as an IAM role."""
        return f"arn:{PARTITION}:{service}::{self.account_id}:{resource}"

    @property
    def account_root_arn(self) -> str:
        """The account itself as a principal: whatever IAM in the account allows."""
        return self.global_arn("iam", "root")

    def role_arn(self, name: str) -> str:
        """The ARN of an IAM role of this account."""
        return self.global_arn("iam", f"role/{name}")

    def bucket_arn(self, purpose: str) -> str:
        """The ARN of a bucket of this environment."""
        return f"arn:{PARTITION}:s3:::{self.bucket(purpose)}"

    def log_group_arn(self, *parts: str) -> str:
        """The ARN of a log group, without the trailing `:*`."""
        return self.arn("logs", f"log-group:{self.log_group(*parts)}")

    @property
    def trail_arn(self) -> str:
        """The ARN of the account's trail, which keys and buckets name before it is made."""
        return self.arn("cloudtrail", f"trail/{self.trail}")

    def database_arn(self) -> str:
        """The ARN of the primary database instance."""
        return self.arn("rds", f"db:{self.database}")

    def cluster_arn(self) -> str:
        """The ARN of the EKS cluster."""
        return self.arn("eks", f"cluster/{self.cluster}")
