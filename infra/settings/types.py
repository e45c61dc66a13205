"""Domain types of the stack files, each declared once: what a value is and what is allowed.

Every type refuses with a message of the form `is not …; allowed: …`, so that the line a person reads
names the remedy, and describes itself in the JSON schema that editors use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


class Area(BaseModel):
    """Base of every settings model: frozen, and no key passes that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text that must match a regular expression as a whole; `what` and `allowed` are for the reader."""

    what: str
    allowed: str
    expression: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        compiled = re.compile(self.expression)

        def check(value: str) -> str:
            if not compiled.fullmatch(value):
                raise refusal(self.what, self.allowed)
            return value

        return core_schema.no_info_after_validator_function(check, core_schema.str_schema(strict=True))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^(?:{self.expression})$"}


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text or number out of a closed list."""

    what: str
    values: tuple[str | int, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        def check(value: str | int) -> str | int:
            if value not in self.values or isinstance(value, bool):
                raise refusal(self.what, ", ".join(str(value) for value in self.values))
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"enum": list(self.values)}


def refusal(what: str, allowed: str) -> PydanticCustomError:
    """Make the error `is not <what>; allowed: <allowed>` that the loader prints after the value."""
    return PydanticCustomError("refused", "{message}", {"message": f"is not {what}; allowed: {allowed}"})


class _CidrType:
    """An IPv4 network in CIDR notation without host bits, of a size that AWS accepts for VPCs and subnets."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        def check(value: str | IPv4Network) -> IPv4Network:
            try:
                return IPv4Network(value)
            except ValueError as error:
                raise refusal(
                    "an IPv4 network", f"CIDR notation without host bits, such as 10.0.1.0/24 ({error})"
                ) from None

        return core_schema.no_info_plain_validator_function(
            check, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"}


Cidr = Annotated[IPv4Network, _CidrType]
"""An IPv4 network, such as 10.0.1.0/24."""

REGIONS: Final = ("ap-south-1", "ap-southeast-1", "ap-south-2")
"""Where data may live: Mumbai, Singapore (recovery), Hyderabad (the recovery region inside India)."""

Region = Annotated[str, OneOf("a region of this estate", REGIONS)]
AvailabilityZone = Annotated[
    str,
    Pattern(
        "an availability zone",
        "ap-south-1a to ap-south-1c, and likewise for the other regions",
        r"ap-(south|southeast)-[12][a-c]",
    ),
]
AccountId = Annotated[
    str, Pattern("an AWS account id", 'twelve digits in quotes, such as "111122223333"', r"\d{12}")
]
Email = Annotated[str, Pattern("an e-mail address", "name@domain", r"[^@\s]+@[^@\s]+\.[a-z]{2,}")]
Hostname = Annotated[
    str,
    Pattern(
        "a host name",
        "lower-case labels joined by dots, such as erp.example.com",
        r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}",
    ),
]
HostedZoneId = Annotated[
    str, Pattern("a Route 53 hosted zone id", "Z and 7 to 31 capitals or digits", r"Z[A-Z0-9]{7,31}")
]
RoleName = Annotated[
    str, Pattern("an IAM role name", "up to 64 letters, digits and +=,.@-_", r"[\w+=,.@-]{1,64}")
]
KebabName = Annotated[
    str,
    Pattern(
        "a name",
        "lower-case letters, digits and single hyphens, beginning with a letter",
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
    ),
]
RepositoryName = Annotated[
    str,
    Pattern(
        "a repository name",
        "lower-case path segments, such as odoo or tools/ops",
        r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*",
    ),
]
CostCenter = Annotated[
    str, Pattern("a cost centre", "capitals, digits and hyphens, such as ERP-PROD", r"[A-Z0-9]+(-[A-Z0-9]+)*")
]
TimeOfDay = Annotated[str, Pattern("a time of day", "00:00 to 23:59 in quotes", r"([01]\d|2[0-3]):[0-5]\d")]
DailyWindow = Annotated[
    str,
    Pattern(
        "a daily window in UTC", 'such as "19:00-20:00"', r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d"
    ),
]
WeeklyWindow = Annotated[
    str,
    Pattern(
        "a weekly window in UTC",
        'such as "sun:20:30-sun:21:30"',
        r"(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d",
    ),
]
Date = Annotated[
    str,
    Pattern(
        "a date",
        'YYYY-MM-DD in quotes, such as "2026-12-31"',
        r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
    ),
]
Weekdays = Annotated[str, OneOf("a range of weekdays", ("MON-FRI", "MON-SAT", "MON-SUN"))]
TimeZone = Annotated[str, OneOf("a time zone of this estate", ("Asia/Kolkata", "Asia/Singapore", "Etc/UTC"))]

Percentage = Annotated[int, Field(ge=1, le=100)]
Count = Annotated[int, Field(ge=0)]
PositiveCount = Annotated[int, Field(ge=1)]
StorageGib = Annotated[int, Field(ge=1, le=65536)]

LogRetentionDays = Annotated[
    int,
    OneOf(
        "a CloudWatch Logs retention in days",
        (
            1,
            3,
            5,
            7,
            14,
            30,
            60,
            90,
            120,
            150,
            180,
            365,
            400,
            545,
            731,
            1096,
            1827,
            2192,
            2557,
            2922,
            3288,
            3653,
        ),
    ),
]

Ec2InstanceType = Annotated[
    str,
    OneOf(
        "an EC2 node type",
        (
            "t3.medium",
            "t3.large",
            "t3a.medium",
            "t4g.medium",
            "m5.large",
            "m5.xlarge",
            "m6i.large",
            "m6g.large",
            "m7g.large",
            "m7i.large",
        ),
    ),
]
RdsInstanceClass = Annotated[
    str,
    OneOf(
        "an RDS class",
        (
            "db.t3.medium",
            "db.t4g.medium",
            "db.m5.large",
            "db.m5.xlarge",
            "db.m6i.large",
            "db.m6i.xlarge",
            "db.m6g.large",
            "db.m6g.xlarge",
            "db.m7g.large",
            "db.m7g.xlarge",
            "db.m7i.large",
            "db.m7i.xlarge",
        ),
    ),
]
BrokerInstanceType = Annotated[
    str,
    # RabbitMQ 4.2 on Amazon MQ runs on mq.m7g only.
    OneOf(
        "an Amazon MQ type for RabbitMQ 4.2",
        ("mq.m7g.medium", "mq.m7g.large", "mq.m7g.xlarge", "mq.m7g.2xlarge", "mq.m7g.4xlarge"),
    ),
]
CacheNodeType = Annotated[
    str,
    OneOf(
        "an ElastiCache node type",
        (
            "cache.t4g.micro",
            "cache.t4g.small",
            "cache.t4g.medium",
            "cache.m6g.large",
            "cache.m7g.large",
            "cache.m7g.xlarge",
            "cache.r7g.large",
        ),
    ),
]
SearchInstanceType = Annotated[
    str,
    OneOf(
        "an OpenSearch type",
        (
            "t3.small.search",
            "t3.medium.search",
            "m6g.large.search",
            "m7g.medium.search",
            "m7g.large.search",
            "r6g.large.search",
            "r7g.large.search",
        ),
    ),
]
InterfaceEndpoint = Annotated[
    str,
    OneOf(
        "an interface endpoint of this estate",
        (
            "aps-workspaces",
            "autoscaling",
            "ec2",
            "ec2messages",
            "ecr.api",
            "ecr.dkr",
            "eks",
            "eks-auth",
            "elasticloadbalancing",
            "email-smtp",
            "kms",
            "logs",
            "monitoring",
            "secretsmanager",
            "ssm",
            "ssmmessages",
            "sts",
        ),
    ),
]
