"""Which events of AWS services people hear of, and how they read.

| event | comes from | until then |
|---|---|---|
| backups, copies, restores | AWS Backup (SEC-13) | — |
| image scans | ECR, basic scanning on push (SEC-11) | — |
| GuardDuty, Inspector | a detector, an enabled scanner (SEC-10, SEC-11) | silent |
| Security Hub, AWS Config, Access Analyzer | each where it is on: `infra/protection` (SEC-14) | silent |
| keys, rotation | a trail: calls reach EventBridge through CloudTrail only | silent, but for a deleted key |
| AWS Health | AWS, for this account and region | — |

Security Hub also takes in what GuardDuty and Inspector find: of it only its own controls are heard here.
AWS Config tells when a resource ceases to comply, and not again while it goes on; of its rules only ours are
heard, for those of Security Hub are controls already.

Not here: interruptions of spot instances, for only developers' workspaces run on them and expect it; and
queries of Route 53's health check, whose metrics are in us-east-1.

References: EventBridge User Guide, "Event patterns" and "Input transformation"; ECR User Guide, "Amazon ECR
events and EventBridge"; GuardDuty, Inspector, AWS Health and KMS guides, each under "EventBridge"; Secrets
Manager User Guide, "CloudTrail entries".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...settings import PROJECT

GUARDDUTY_SEVERITY: Final = 4
"""Medium and above; below are probes that were turned away."""
GRAVE: Final = ("CRITICAL", "HIGH")
BACKUP_FAILURES: Final = ("ABORTED", "EXPIRED", "FAILED", "PARTIAL")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAlarm:
    """One kind of event: which, what is taken out of it, and the sentence that people read.

    A `<name>` in `says` stands for the value at `paths[name]`.
    """

    name: str
    about: str
    pattern: Mapping[str, Any]
    paths: Mapping[str, str]
    says: str
    do: str
    runbook: str


_WHERE: Final = {"account": "$.account", "region": "$.region"}
_SOME: Final = [{"numeric": [">", 0]}]

EVENT_ALARMS: Final = (
    EventAlarm(
        name="image-scan",
        about="Images of this project with grave vulnerabilities, and scans that failed (SEC-11)",
        pattern={
            "source": ["aws.ecr"],
            "detail-type": ["ECR Image Scan"],
            "detail": {
                "repository-name": [{"prefix": f"{PROJECT}/"}],
                "$or": [
                    *({"finding-severity-counts": {severity: _SOME}} for severity in GRAVE),
                    {"scan-status": ["FAILED"]},
                ],
            },
        },
        paths={
            "repository": "$.detail.repository-name",
            "digest": "$.detail.image-digest",
            "status": "$.detail.scan-status",
            "critical": "$.detail.finding-severity-counts.CRITICAL",
            "high": "$.detail.finding-severity-counts.HIGH",
            **_WHERE,
        },
        says=(
            "Image scan <status>: <repository>@<digest> in <account>, <region>; "
            "critical: <critical>, high: <high>."
        ),
        do="Rebuild the image on a newer base, or record why the finding does not apply.",
        runbook="vulnerabilities",
    ),
    EventAlarm(
        name="inspector-finding",
        about="Grave findings of Amazon Inspector in images, nodes and functions (SEC-11)",
        pattern={
            "source": ["aws.inspector2"],
            "detail-type": ["Inspector2 Finding"],
            "detail": {"severity": list(GRAVE), "status": ["ACTIVE"]},
        },
        paths={
            "severity": "$.detail.severity",
            "title": "$.detail.title",
            "resource": "$.resources[0]",
            **_WHERE,
        },
        says="Inspector, <severity>: <title>, on <resource> in <account>, <region>.",
        do="Update what the finding names; it closes itself when the fix runs.",
        runbook="vulnerabilities",
    ),
    EventAlarm(
        name="guardduty-finding",
        about="Findings of GuardDuty of medium severity and above (SEC-10)",
        pattern={
            "source": ["aws.guardduty"],
            "detail-type": ["GuardDuty Finding"],
            "detail": {"severity": [{"numeric": [">=", GUARDDUTY_SEVERITY]}]},
        },
        paths={
            "severity": "$.detail.severity",
            "title": "$.detail.title",
            "type": "$.detail.type",
            "id": "$.detail.id",
            "resource": "$.detail.resource.resourceType",
            **_WHERE,
        },
        says="GuardDuty <severity>: <title> (<type>, <resource>, finding <id>) in <account>, <region>.",
        do="Decide within the hour whether it is an intrusion; then first cut off credentials or pod.",
        runbook="security-incident",
    ),
    EventAlarm(
        name="security-hub-finding",
        about="Grave controls of Security Hub that fail and that nobody has taken up (SEC-14)",
        pattern={
            "source": ["aws.securityhub"],
            "detail-type": ["Security Hub Findings - Imported"],
            "detail": {
                "findings": {
                    "ProductArn": [{"suffix": "::product/aws/securityhub"}],
                    "Severity": {"Label": list(GRAVE)},
                    "Compliance": {"Status": ["FAILED"]},
                    "RecordState": ["ACTIVE"],
                    "Workflow": {"Status": ["NEW"]},
                }
            },
        },
        paths={
            "severity": "$.detail.findings[0].Severity.Label",
            "control": "$.detail.findings[0].Compliance.SecurityControlId",
            "title": "$.detail.findings[0].Title",
            "resource": "$.detail.findings[0].Resources[0].Id",
            **_WHERE,
        },
        says="Security Hub, <severity>: <control>, <title>, on <resource> in <account>, <region>.",
        do="Mend it in the program, or set its workflow to NOTIFIED: until then it comes with every check.",
        runbook="security-incident",
    ),
    EventAlarm(
        name="access-from-outside",
        about="Resources that somebody outside the account may use (SEC-14)",
        pattern={
            "source": ["aws.access-analyzer"],
            "detail-type": ["Access Analyzer Finding"],
            "detail": {"status": ["ACTIVE"], "isDeleted": [False]},
        },
        paths={
            "type": "$.detail.resourceType",
            "resource": "$.detail.resource",
            "public": "$.detail.isPublic",
            "finding": "$.detail.id",
            **_WHERE,
        },
        says=(
            "Access Analyzer: <type> <resource> is open to somebody outside (public: <public>, finding "
            "<finding>) in <account>, <region>."
        ),
        do="Close it; if it is meant, archive the finding and write down why.",
        runbook="security-incident",
    ),
    EventAlarm(
        name="configuration-drift",
        about="Resources that ceased to comply with a rule of AWS Config that this program declares (SEC-14)",
        pattern={
            "source": ["aws.config"],
            "detail-type": ["Config Rules Compliance Change"],
            "detail": {
                "messageType": ["ComplianceChangeNotification"],
                "configRuleName": [{"prefix": f"{PROJECT}-"}],
                "newEvaluationResult": {"complianceType": ["NON_COMPLIANT"]},
            },
        },
        paths={
            "rule": "$.detail.configRuleName",
            "type": "$.detail.resourceType",
            "resource": "$.detail.resourceId",
            **_WHERE,
        },
        says="AWS Config: <type> <resource> breaks <rule> in <account>, <region>.",
        do="Somebody changed it by hand, or made it: see who in the trail, and deploy again.",
        runbook="security-incident",
    ),
    EventAlarm(
        name="backup-failed",
        about="Backups, copies and restores that failed, and restore tests that proved nothing (SEC-13)",
        pattern={
            "source": ["aws.backup"],
            "detail-type": [
                "Backup Job State Change",
                "Copy Job State Change",
                "Restore Job State Change",
            ],
            "detail": {
                "$or": [
                    {"state": list(BACKUP_FAILURES)},
                    {"status": list(BACKUP_FAILURES)},
                    {"validationStatus": ["FAILED", "TIMED_OUT"]},
                ]
            },
        },
        paths={
            "what": "$.detail-type",
            "state": "$.detail.state",
            "status": "$.detail.status",
            "validation": "$.detail.validationStatus",
            "message": "$.detail.statusMessage",
            "resource": "$.resources[0]",
            **_WHERE,
        },
        says=(
            "AWS Backup, <what>: <state> <status> <validation> (<message>), <resource>"
            " in <account>, <region>."
        ),
        do="Mend the cause today and start the job again: until then the newest copy is the one before.",
        runbook="backups",
    ),
    EventAlarm(
        name="health-event",
        about="Incidents and planned changes of AWS that touch this account",
        pattern={
            "source": ["aws.health"],
            "detail-type": ["AWS Health Event"],
            "detail": {"eventTypeCategory": ["issue", "scheduledChange"]},
        },
        paths={
            "service": "$.detail.service",
            "code": "$.detail.eventTypeCode",
            "category": "$.detail.eventTypeCategory",
            "start": "$.detail.startTime",
            "resource": "$.resources[0]",
            **_WHERE,
        },
        says="AWS Health, <category> of <service>: <code> from <start>, <resource> in <account>, <region>.",
        do="Read it in the AWS Health dashboard; replace what AWS will retire before the date it names.",
        runbook="aws-health",
    ),
    EventAlarm(
        name="key-at-risk",
        about="Keys that were disabled, scheduled for deletion or deleted",
        pattern={
            "source": ["aws.kms"],
            "$or": [
                {"detail-type": ["KMS CMK Deletion"]},
                {
                    "detail-type": ["AWS API Call via CloudTrail"],
                    "detail": {
                        "eventSource": ["kms.amazonaws.com"],
                        "eventName": ["DisableKey", "ScheduleKeyDeletion"],
                    },
                },
            ],
        },
        paths={
            "what": "$.detail-type",
            "call": "$.detail.eventName",
            "key": "$.detail.requestParameters.keyId",
            "deleted": "$.resources[0]",
            "who": "$.detail.userIdentity.arn",
            **_WHERE,
        },
        says="<what>: <call> <key> <deleted> by <who> in <account>, <region>.",
        do="Cancel the deletion or enable the key at once: what it encrypts is lost for good without it.",
        runbook="encryption-keys",
    ),
    EventAlarm(
        name="rotation-failed",
        about="Secrets whose rotation failed or was given up",
        pattern={
            "source": ["aws.secretsmanager"],
            "detail-type": ["AWS Service Event via CloudTrail"],
            "detail": {
                "eventSource": ["secretsmanager.amazonaws.com"],
                "eventName": ["RotationAbandoned", "RotationFailed"],
            },
        },
        paths={
            "event": "$.detail.eventName",
            "rotated": "$.detail.additionalEventData.SecretId",
            **_WHERE,
        },
        says="Secrets Manager: <event> for <rotated> in <account>, <region>.",
        do="Read the log of the rotating function; the old value stays in force until it succeeds.",
        runbook="secrets",
    ),
)
