"""Whether the recovery region could take over now: each check is one line of the list at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from botocore.exceptions import BotoCoreError, ClientError

from .. import records
from ..errors import OperatorError
from .aws import code_of, passes
from .estate import DRILL_DAYS, RPO_SECONDS
from .files import files_are_copied
from .situation import Situation, database, pages, replica_of

BACKUP_HOURS: Final = 26
LAG_WINDOW: Final = timedelta(minutes=15)
VCPU_QUOTA: Final = "L-1216C47A"
"""Running on-demand standard instances, in vCPUs (Service Quotas, EC2)."""
VCPUS: Final = {"medium": 2, "large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16}

TAGS_AT_ONCE: Final = 10
"""What Route 53 tells of in one answer."""

Status = Literal["ready", "warning", "missing"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found."""

    check: str
    status: Status
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that a failover needs. Not needed at once: its absence is a warning in a failover."""

    name: str
    what: str
    ask: Callable[[Situation], tuple[bool, str]]
    needed: bool


def findings(situation: Situation, *, patient: bool = False) -> list[Finding]:
    """Make all checks; one that cannot be made counts as missing, and says why.

    Who is `patient` hears of errors that pass as errors, and asks again.
    """
    return [_finding(check, situation, patient=patient) for check in CHECKS]


def _finding(check: Check, situation: Situation, *, patient: bool) -> Finding:
    try:
        good, detail = check.ask(situation)
    except (BotoCoreError, ClientError, OperatorError) as error:
        if patient and passes(error):
            raise
        good, detail = False, f"cannot be asked: {error}"
    return Finding(check.name, "ready" if good else "missing" if check.needed else "warning", detail)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the replica was behind, and when that was measured."""

    at: datetime
    seconds: float

    @property
    def last_transaction(self) -> datetime:
        """When the last transaction was committed that the replica has."""
        return self.at - timedelta(seconds=self.seconds)


def newest_lag(situation: Situation) -> Lag | None:
    """Give the newest lag of the last quarter of an hour; None: there is none, or -1, no replication."""
    now = situation.clock.now()
    answer = situation.aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/RDS",
        MetricName="ReplicaLag",
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": situation.estate.database}],
        StartTime=now - LAG_WINDOW,
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )
    points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    if not points or points[-1]["Maximum"] < 0:
        return None
    return Lag(points[-1]["Timestamp"], points[-1]["Maximum"])


def _replica(situation: Situation) -> tuple[bool, str]:
    name = situation.estate.database
    instance = database(situation.aws, name)
    if instance is None:
        return False, f"there is no {name}"
    source, status = replica_of(instance), instance["DBInstanceStatus"]
    if not source:
        return False, f"{name} is no replica: it is promoted already, or was never one"
    return status == "available", f"{name} is {status}, a replica of {source.rsplit(':', 1)[-1]}"


def _lag(situation: Situation) -> tuple[bool, str]:
    lag = newest_lag(situation)
    if lag is None:
        return False, "CloudWatch knows no lag: replication has stopped, or nobody measures it"
    return lag.seconds <= RPO_SECONDS, f"{lag.seconds:.0f} s behind, at most {RPO_SECONDS} are promised"


def _backup(situation: Situation) -> tuple[bool, str]:
    vault = situation.estate.copies_vault
    points = situation.aws.client("backup").list_recovery_points_by_backup_vault(
        BackupVaultName=vault,
        ByCreatedAfter=situation.clock.now() - timedelta(hours=BACKUP_HOURS),
    )["RecoveryPoints"]
    whole = [point["CreationDate"] for point in points if point["Status"] == "COMPLETED"]
    if not whole:
        return False, f"vault {vault} has no copy of the last {BACKUP_HOURS} hours"
    hours = (situation.clock.now() - max(whole)).total_seconds() / 3600
    return True, f"the newest copy in vault {vault} is {hours:.1f} hours old"


def _certificate(situation: Situation) -> tuple[bool, str]:
    estate = situation.estate
    acm = situation.aws.client("acm")
    listed = pages(acm.get_paginator, "list_certificates", "CertificateSummaryList")
    wanted = {estate.web_hostname, estate.gps_hostname}
    best: datetime | None = None
    for entry in listed:
        found = acm.describe_certificate(CertificateArn=entry["CertificateArn"])["Certificate"]
        names = {found["DomainName"], *found.get("SubjectAlternativeNames", ())}
        if found["Status"] == "ISSUED" and wanted <= names and "NotAfter" in found:
            best = max(best or found["NotAfter"], found["NotAfter"])
    if best is None:
        return False, f"no issued certificate for {' and '.join(sorted(wanted))}"
    days = (best - situation.clock.now()).days
    return days > 0, f"valid for {days} days"


def _images(situation: Situation) -> tuple[bool, str]:
    ecr = situation.aws.client("ecr")
    absent = []
    for image in situation.estate.images:
        try:
            ecr.describe_images(repositoryName=image.repository, imageIds=[{"imageDigest": image.digest}])
        except ClientError as error:
            if code_of(error) not in {"ImageNotFoundException", "RepositoryNotFoundException"}:
                raise
            absent.append(f"{image.repository}@{image.digest[:19]}")
    if absent:
        return False, f"not in this region's registry: {', '.join(absent)}"
    return True, f"{len(situation.estate.images)} images are in this region's registry"


def _secrets(situation: Situation) -> tuple[bool, str]:
    client = situation.aws.client("secretsmanager")
    absent = []
    for name in situation.estate.needed_secrets:
        try:
            versions = client.describe_secret(SecretId=name).get("VersionIdsToStages", {})
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            absent.append(f"{name} (is not there)")
            continue
        if not any("AWSCURRENT" in stages for stages in versions.values()):
            absent.append(f"{name} (has no value)")
    if absent:
        return False, ", ".join(absent)
    return True, f"{len(situation.estate.needed_secrets)} secrets have a value"


def _quota(situation: Situation) -> tuple[bool, str]:
    needed = sum(
        group.most * VCPUS[group.instance_type.rsplit(".", 1)[-1]] for group in situation.estate.node_groups
    )
    quota = situation.aws.client("service-quotas").get_service_quota(ServiceCode="ec2", QuotaCode=VCPU_QUOTA)[
        "Quota"
    ]["Value"]
    return quota >= needed, f"{quota:.0f} vCPUs are allowed, all nodes together are {needed}"


def node_groups(situation: Situation) -> dict[str, dict[str, Any]]:
    """Give the node groups of the cluster by their names, which end in what AWS makes up."""
    eks, cluster = situation.aws.client("eks"), situation.estate.cluster
    names = pages(eks.get_paginator, "list_nodegroups", "nodegroups", clusterName=cluster)
    return {
        name: eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"] for name in names
    }


def _cluster(situation: Situation) -> tuple[bool, str]:
    name = situation.estate.cluster
    states = {name: situation.aws.client("eks").describe_cluster(name=name)["cluster"]["status"]}
    found = node_groups(situation)
    states |= {group: each["status"] for group, each in found.items()}
    bad = [f"{each} is {status}" for each, status in states.items() if status != "ACTIVE"]
    bad += [
        f"there are no nodes of {group.name}"
        for group in situation.estate.node_groups
        if not any(each.startswith(f"{group.name}-") for each in found)
    ]
    return not bad, ", ".join(bad) or f"{name} and its nodes are active"


def _broker(situation: Situation) -> tuple[bool, str]:
    name = situation.estate.prefix
    brokers = pages(situation.aws.client("mq").get_paginator, "list_brokers", "BrokerSummaries")
    states = [each["BrokerState"] for each in brokers if each["BrokerName"].startswith(name)]
    if not states:
        return False, f"there is no broker of {name}"
    return states == ["RUNNING"], f"the broker of {name} is {', '.join(states)}"


def _cache(situation: Situation) -> tuple[bool, str]:
    name = situation.estate.prefix
    client = situation.aws.client("elasticache")
    groups = pages(client.get_paginator, "describe_replication_groups", "ReplicationGroups")
    states = [each["Status"] for each in groups if each["ReplicationGroupId"].startswith(name)]
    if not states:
        return False, f"there is no cache of {name}"
    return states == ["available"], f"the cache of {name} is {', '.join(states)}"


def _state(situation: Situation) -> tuple[bool, str]:
    bucket = situation.estate.state_bucket
    situation.aws.client("s3").head_bucket(Bucket=bucket)
    return True, f"the state of the stack is in {bucket}"


def _names(situation: Situation) -> tuple[bool, str]:
    estate = situation.estate
    wrong = [f"no secondary record of {host} leads here" for host in names_without_record(situation)]
    found = switches(situation)
    wrong += [f"there is no switch {name}" for name, on in found.items() if on is None]
    if found[estate.standby_switch] or found[estate.home_switch] is False:
        wrong.append(f"names lead to {estate.region} already")
    return not wrong, "; ".join(wrong) or "records and switches wait for the deployment"


def _drill(situation: Situation) -> tuple[bool, str]:
    passed = [
        record.finished_at
        for record in records.list_all(
            situation.estate.records_bucket, client=situation.aws.client("s3"), kind="drill"
        )
        if record.result == "passed" and record.environment == situation.estate.environment
    ]
    if not passed:
        return False, "no drill is on record"
    days = (situation.clock.now() - max(passed)).days
    return (
        days <= DRILL_DAYS,
        f"the last drill that passed was {days} days ago, at most {DRILL_DAYS} are allowed",
    )


def switches(situation: Situation) -> dict[str, bool | None]:
    """Tell how the two switches of the standby are turned; None: there is none of that name.

    They are health checks that ask nobody: disabled counts as healthy, inverted as the opposite.
    """
    client, estate = situation.aws.client("route53"), situation.estate
    checks = {
        each["Id"]: each["HealthCheckConfig"]
        for each in pages(client.get_paginator, "list_health_checks", "HealthChecks")
    }
    found: dict[str, bool | None] = {estate.home_switch: None, estate.standby_switch: None}
    ids = list(checks)
    for start in range(0, len(ids), TAGS_AT_ONCE):
        answer = client.list_tags_for_resources(
            ResourceType="healthcheck", ResourceIds=ids[start : start + TAGS_AT_ONCE]
        )
        for tagged in answer["ResourceTagSets"]:
            for tag in tagged["Tags"]:
                if tag["Key"] == "Name" and tag["Value"] in found:
                    found[tag["Value"]] = not checks[tagged["ResourceId"]].get("Inverted", False)
    return found


def names_without_record(situation: Situation) -> list[str]:
    """Name hosts that have no secondary record which leads to this region."""
    client, estate = situation.aws.client("route53"), situation.estate
    missing = []
    for host in (estate.web_hostname, estate.gps_hostname):
        sets = client.list_resource_record_sets(
            HostedZoneId=estate.zone_id, StartRecordName=host, StartRecordType="A", MaxItems="10"
        )["ResourceRecordSets"]
        here = [
            each["AliasTarget"]["DNSName"]
            for each in sets
            if each["Name"].rstrip(".") == host
            and each.get("Failover") == "SECONDARY"
            and "AliasTarget" in each
        ]
        if not any(f".{estate.region}.elb." in address for address in here):
            missing.append(host)
    return missing


CHECKS: Final[tuple[Check, ...]] = (
    Check(name="replica", what="the database replicates", ask=_replica, needed=True),
    Check(name="lag", what="it is behind by less than the recovery point", ask=_lag, needed=False),
    Check(name="backup", what="a copy of yesterday's backup is here", ask=_backup, needed=False),
    Check(name="files", what="Odoo's files are copied", ask=files_are_copied, needed=False),
    Check(name="cluster", what="cluster and nodes are up", ask=_cluster, needed=True),
    Check(name="images", what="every image is in this region", ask=_images, needed=True),
    Check(name="secrets", what="every secret is in this region and has a value", ask=_secrets, needed=True),
    Check(name="certificate", what="the names have a valid certificate here", ask=_certificate, needed=True),
    Check(name="quota", what="all nodes may run at once", ask=_quota, needed=True),
    Check(name="broker", what="the broker runs", ask=_broker, needed=True),
    Check(name="cache", what="the cache runs", ask=_cache, needed=True),
    Check(name="state", what="the state of the stack can be reached", ask=_state, needed=True),
    Check(name="names", what="names wait for the deployment", ask=_names, needed=False),
    Check(name="drill", what="the last drill is not older than a year", ask=_drill, needed=False),
)
"""In the order in which a person wants to know."""
