"""The failover, step by step: from a standby to the region that serves (DATA-08, ENV-05).

The switch is one value of the stack, `fleet-erp:recovery.active`, and one deployment. What comes before it
can be undone; from the deployment on the way is forward only: a promoted replica follows nobody any more.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from .aws import code_of, passes
from .deployment import ACTIVE, DEPLOYED, declare, declared, deploy, undeclare
from .estate import RPO_SECONDS
from .files import LOST, PRIMARY, files_released, release_files
from .readiness import findings, names_without_record, newest_lag, node_groups, switches
from .situation import Situation, database, replica_of
from .steps import Plan, Step, StepFailedError

HEALTHY_PATHS: Final = {"/web/health": frozenset({200}), "/web/login": frozenset({200, 303})}
REPLAY: Final = "outbox-replay"
GPS_NAMESPACE: Final = "gps"


def _nothing(_: Situation) -> None:
    return None


def _ready(situation: Situation) -> None:
    missing = []
    for finding in findings(situation, patient=True):
        if finding.status == "ready":
            continue
        text = f"{finding.check}: {finding.detail}"
        if finding.status == "missing" and finding.check not in situation.allowed.despite:
            missing.append(text)
        else:
            situation.decide("readiness", f"goes on although {text}")
            situation.say(f"  warning: {text}")
    if missing:
        raise StepFailedError(f"not ready: {'; '.join(missing)} (--despite <check> goes on all the same)")
    situation.remember("readiness", "known")


def known(name: str) -> Callable[[Situation], str | None]:
    """A question that was answered: a run that broke off within the answer asks again."""

    def verification(situation: Situation) -> str | None:
        return None if situation.recall(name) is not None else "it is not answered yet"

    return verification


def _standby(situation: Situation) -> str | None:
    instance = database(situation.aws, situation.estate.database)
    if instance is None:
        return f"there is no {situation.estate.database} in {situation.estate.region}"
    if not replica_of(instance):
        return f"{situation.estate.database} is no replica: the failover is done already, or was done by hand"
    return None


def _look_at_production(situation: Situation) -> None:
    """Find out whether production takes writes still."""
    _judge_production(situation)
    situation.remember("production", "known")


def _judge_production(situation: Situation) -> None:
    """Nobody can be asked in a region that is lost: no answer is the answer."""
    name, region = situation.estate.primary_database, situation.estate.primary_region
    try:
        answers = situation.primary.client("rds").describe_db_instances(DBInstanceIdentifier=name)
        state = answers["DBInstances"][0]["DBInstanceStatus"]
    except (BotoCoreError, ClientError) as error:
        if not code_of(error) or passes(error):
            situation.decide("production", f"{region} does not answer")
            situation.remember(PRIMARY, LOST)
            return
        state = "not to be judged"
    if state == "stopped":
        situation.decide("production", f"{name} is stopped")
        return
    if not situation.allowed.production_runs:
        raise StepFailedError(
            f"{name} in {region} is {state}: what it takes after the promotion is lost. "
            "Stop production first (docs/runbooks/failover.md), or go on with --although-production-runs"
        )
    situation.decide("production", f"goes on although {name} is {state}")


def _measure_loss(situation: Situation) -> None:
    """Keep which transaction is the last one, while there is a lag to be asked for."""
    lag = newest_lag(situation)
    if lag is None:
        if not situation.allowed.loss:
            raise StepFailedError(
                "CloudWatch knows no lag: how much is lost is not known (--accept-loss goes on all the same)"
            )
        situation.decide("recovery point", "goes on, how much is lost is not known")
        situation.remember("last_transaction", "unknown")
        return
    entries = situation.entries
    lost = max(timedelta(0), (entries.outage_began or entries.started_at) - lag.last_transaction)
    seconds = round(lost.total_seconds())
    if seconds > RPO_SECONDS:
        if not situation.allowed.loss:
            raise StepFailedError(
                f"{seconds} s of transactions are lost, more than {RPO_SECONDS} "
                "(--accept-loss goes on all the same; waiting helps only while production runs)"
            )
        situation.decide("recovery point", f"{seconds} s are lost, more than {RPO_SECONDS}")
    entries.figures["lag_seconds"] = round(lag.seconds, 1)
    entries.figures["rpo_seconds"] = seconds
    situation.remember("last_transaction", lag.last_transaction.isoformat())


def _deployed(situation: Situation) -> str | None:
    return known(DEPLOYED)(situation) or _promoted(situation)


def _promoted(situation: Situation) -> str | None:
    estate = situation.estate
    instance = database(situation.aws, estate.database)
    if instance is None:
        raise StepFailedError(f"there is no {estate.database} any more: docs/runbooks/restore.md")
    if replica_of(instance):
        return f"{estate.database} is a replica still"
    if instance["DBInstanceStatus"] not in {"available", "backing-up", "configuring-enhanced-monitoring"}:
        return f"{estate.database} is {instance['DBInstanceStatus']}"
    return None


def _guarded(situation: Situation) -> str | None:
    estate = situation.estate
    instance = database(situation.aws, estate.database)
    if instance is None:
        raise StepFailedError(f"there is no {estate.database} any more: docs/runbooks/restore.md")
    wrong = []
    if estate.multi_az and not instance.get("MultiAZ"):
        wrong.append("is in one zone")
    if instance.get("BackupRetentionPeriod", 0) < estate.backup_retention_days:
        wrong.append(f"keeps backups for {instance.get('BackupRetentionPeriod', 0)} days")
    if estate.deletion_protection and not instance.get("DeletionProtection"):
        wrong.append("can be deleted")
    return f"{estate.database} {', '.join(wrong)}" if wrong else None


def _grown(situation: Situation) -> str | None:
    """A standby has groups of their own name, beside which the deployment makes those that serve."""
    found = node_groups(situation)
    wrong = []
    for group in situation.estate.node_groups:
        serving = [
            each
            for name, each in found.items()
            if name.startswith(f"{group.name}-") and not name.startswith(f"{group.name}-standby-")
        ]
        good = any(
            each["status"] == "ACTIVE"
            and each["scalingConfig"]["minSize"] >= group.fewest
            and each["scalingConfig"]["maxSize"] >= group.most
            for each in serving
        )
        if not good:
            wrong.append(f"no group {group.name} of {group.fewest} to {group.most} nodes is active")
    return ", ".join(wrong) or None


def _serving(situation: Situation) -> str | None:
    client = situation.aws.client("elbv2")
    waiting = []
    for name in situation.estate.target_groups:
        group = client.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]
        targets = client.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        if not any(each["TargetHealth"]["State"] == "healthy" for each in targets):
            waiting.append(f"{name} has no healthy pod among {len(targets)}")
    return ", ".join(waiting) or None


def cluster_context(situation: Situation, role: str) -> list[str]:
    """Give how kubectl reaches the cluster, after it was told so."""
    estate = situation.estate
    role_arn = f"arn:aws:iam::{estate.account_id}:role/fleet-erp-{role}-{estate.environment}"
    situation.must(
        [
            *("aws", "eks", "update-kubeconfig", "--name", estate.cluster, "--region", estate.region),
            *("--alias", f"{estate.cluster}-{role}", "--role-arn", role_arn),
        ]
    )
    return ["kubectl", f"--context={estate.cluster}-{role}"]


def _replay_job(situation: Situation) -> str:
    return f"{REPLAY}-{situation.entries.run}"


def _job_state(situation: Situation) -> dict[str, int] | None:
    """Give the counts of the job; None where there is no job."""
    kubectl = cluster_context(situation, "operator")
    output = situation.must(
        [
            *(*kubectl, "get", "job", _replay_job(situation), f"--namespace={GPS_NAMESPACE}"),
            *("--ignore-not-found", "--output=json"),
        ]
    )
    return json.loads(output)["status"] if output.strip() else None


def _replay(situation: Situation) -> None:
    if situation.allowed.without_replay:
        situation.decide("messages", "goes on without a replay of the outbox")
        return
    if _job_state(situation) is not None:
        return
    kubectl = cluster_context(situation, "operator")
    situation.must(
        [
            *(*kubectl, "create", "job", _replay_job(situation), f"--namespace={GPS_NAMESPACE}"),
            f"--from=cronjob/{REPLAY}",
        ]
    )


def _replayed(situation: Situation) -> str | None:
    if situation.allowed.without_replay:
        return None
    state = _job_state(situation)
    if state is None:
        return "the replay has not begun"
    if state.get("succeeded"):
        return None
    if state.get("failed", 0) > 2:  # noqa: PLR2004  (the tries of the job)
        raise StepFailedError(
            f"the replay fails: kubectl logs --namespace={GPS_NAMESPACE} job/{_replay_job(situation)} "
            "(--without-replay goes on, and leaves it for later)"
        )
    return "the replay runs"


def _led(situation: Situation) -> str | None:
    """Tell what keeps names from leading here: both switches, and a secondary record for each name."""
    turned = switches(situation)
    wrong = [
        f"switch {name} is {'on' if on else 'off' if on is not None else 'not there'}"
        for name, on in turned.items()
        if on is not (name == situation.estate.standby_switch)
    ]
    wrong += [f"no secondary record of {host} leads here" for host in names_without_record(situation)]
    return "; ".join(wrong) or None


def _smoke(situation: Situation) -> str | None:
    """Ask as a user would, at this region's load balancer: names may be cached for a minute."""
    estate = situation.estate
    client = situation.aws.client("elbv2")
    address = client.describe_load_balancers(Names=[estate.prefix])["LoadBalancers"][0]["DNSName"]
    wrong = []
    for path, good in HEALTHY_PATHS.items():
        status = situation.probe.status(estate.web_hostname, via=address, path=path)
        if status not in good:
            wrong.append(f"https://{estate.web_hostname}{path} answers {status}")
    return ", ".join(wrong) or None


def _fine(_: Situation) -> str | None:
    return None


STEPS: Final[tuple[Step[Situation], ...]] = (
    Step(
        name="readiness",
        title="Is the recovery region able to take over?",
        precondition=_standby,
        action=_ready,
        verification=known("readiness"),
        timeout_seconds=900,
    ),
    Step(
        name="production",
        title="Does production take writes still?",
        precondition=_fine,
        action=_look_at_production,
        verification=known("production"),
        timeout_seconds=300,
    ),
    Step(
        name="recovery-point",
        title="What is the last transaction that the replica has?",
        precondition=_standby,
        action=_measure_loss,
        verification=known("last_transaction"),
        timeout_seconds=600,
    ),
    Step(
        name="declare",
        title=f"Set {ACTIVE} to true",
        precondition=_standby,
        action=declare,
        verification=declared,
        undo=undeclare,
        undo_title=f"set {ACTIVE} to false",
        timeout_seconds=600,
    ),
    Step(
        name="files",
        title="Let Odoo's files be written to: end what copies production's into them",
        precondition=declared,
        action=release_files,
        verification=files_released,
        one_way=True,
        timeout_seconds=1800,
    ),
    Step(
        name="deploy",
        title="Deploy: promote the database, grow nodes and workloads, lead the names here",
        precondition=declared,
        action=deploy,
        verification=_deployed,
        one_way=True,
        timeout_seconds=9000,
    ),
    Step(
        name="database",
        title="Is the database its own, in two zones, kept and protected?",
        precondition=_fine,
        action=_nothing,
        verification=_guarded,
        timeout_seconds=3600,
    ),
    Step(
        name="capacity",
        title="Do the nodes have production's size?",
        precondition=_fine,
        action=_nothing,
        verification=_grown,
        timeout_seconds=1800,
    ),
    Step(
        name="workloads",
        title="Are pods of every service healthy?",
        precondition=_fine,
        action=_nothing,
        verification=_serving,
        timeout_seconds=1800,
    ),
    Step(
        name="names",
        title="Does Route 53 lead the names here?",
        precondition=_fine,
        action=_nothing,
        verification=_led,
        timeout_seconds=600,
    ),
    Step(
        name="smoke",
        title="Does Odoo answer as a user asks it?",
        precondition=_fine,
        action=_nothing,
        verification=_smoke,
        timeout_seconds=900,
    ),
    Step(
        name="messages",
        title="Send again what the lost broker may not have delivered",
        precondition=_fine,
        action=_replay,
        verification=_replayed,
        timeout_seconds=3600,
    ),
)
SERVES_AFTER: Final = "smoke"
"""With this step users are served again: it ends the recovery time."""
PLAN: Final = Plan(STEPS)


def position(situation: Situation) -> str:
    """Say where the region really stands, whatever the journal says."""
    try:
        instance = database(situation.aws, situation.estate.database)
    except (BotoCoreError, ClientError) as error:
        return f"what the database is cannot be asked: {error}"
    if instance is None:
        return f"there is no {situation.estate.database}"
    kind = "a replica still" if replica_of(instance) else "promoted: it follows production no longer"
    return f"{situation.estate.database} is {kind}"
