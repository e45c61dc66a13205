"""Physical identities of operations: logs, alarms, events, backups, detectives, cost."""

from __future__ import annotations

from typing import Any, Final

from preview.engine.physical import AUTONAME, Identity, Template
from preview.graph import plain


def _named(service: str, kind: str, *, name: str = "name") -> dict[str, Template]:
    """Give id and ARN of a resource that goes by its name; `kind` ends in its separator."""
    return {
        name: AUTONAME,
        "id": f"{{{name}}}",
        "arn": f"arn:{{@partition}}:{service}:{{@region}}:{{@account}}:{kind}{{{name}}}",
    }


def _rule_arn(identity: Identity) -> Any:  # noqa: ANN401
    bus = plain(identity.properties.get("eventBusName")) or "default"
    path = "{name}" if bus == "default" else f"{str(bus).rsplit('/', 1)[-1]}/{{name}}"
    return identity.fill(f"arn:{{@partition}}:events:{{@region}}:{{@account}}:rule/{path}")


def _by_arn(template: str) -> dict[str, Template]:
    return {"arn": template, "id": "{arn}"}


OPERATIONS: Final[dict[str, dict[str, Template]]] = {
    "aws:cloudwatch/logGroup:LogGroup": _named("logs", "log-group:"),
    "aws:cloudwatch/logStream:LogStream": {
        "name": AUTONAME,
        "id": "{name}",
        "arn": "arn:{@partition}:logs:{@region}:{@account}:log-group:{logGroupName}:log-stream:{name}",
    },
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": {"name": AUTONAME, "id": "{name}"},
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": {"name": AUTONAME, "id": "cwlsf-{@num10}"},
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": {"id": "{policyName}"},
    "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": {"id": "{logGroupName}"},
    "aws:cloudwatch/queryDefinition:QueryDefinition": {
        "queryDefinitionId": "{@uuid}",
        "id": "{queryDefinitionId}",
        "arn": "arn:{@partition}:logs:{@region}:{@account}:query-definition:{queryDefinitionId}",
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": _named("cloudwatch", "alarm:"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _named("cloudwatch", "alarm:", name="alarmName"),
    "aws:cloudwatch/dashboard:Dashboard": {
        "id": "{dashboardName}",
        "dashboardArn": "arn:{@partition}:cloudwatch::{@account}:dashboard/{dashboardName}",
    },
    "aws:cloudwatch/metricStream:MetricStream": _named("cloudwatch", "metric-stream/"),
    "aws:cloudwatch/eventBus:EventBus": _named("events", "event-bus/"),
    "aws:cloudwatch/eventRule:EventRule": {"name": AUTONAME, "id": "{name}", "arn": _rule_arn},
    "aws:cloudwatch/eventTarget:EventTarget": {"targetId": AUTONAME, "id": "{rule}-{targetId}"},
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {
        "name": AUTONAME,
        "arn": "arn:{@partition}:firehose:{@region}:{@account}:deliverystream/{name}",
        "id": "{arn}",
    },
    "aws:backup/vault:Vault": _named("backup", "backup-vault:"),
    "aws:backup/vaultPolicy:VaultPolicy": {
        "id": "{backupVaultName}",
        "backupVaultArn": "arn:{@partition}:backup:{@region}:{@account}:backup-vault:{backupVaultName}",
    },
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": {
        "id": "{backupVaultName}",
        "backupVaultArn": "arn:{@partition}:backup:{@region}:{@account}:backup-vault:{backupVaultName}",
    },
    "aws:backup/vaultNotifications:VaultNotifications": {
        "id": "{backupVaultName}",
        "backupVaultArn": "arn:{@partition}:backup:{@region}:{@account}:backup-vault:{backupVaultName}",
    },
    "aws:backup/plan:Plan": {
        "id": "{@uuid}",
        "arn": "arn:{@partition}:backup:{@region}:{@account}:backup-plan:{id}",
        "version": "{@mixed48}",
    },
    "aws:backup/selection:Selection": {"id": "{@uuid}"},
    "aws:backup/framework:Framework": {
        "name": AUTONAME,
        "id": "{name}",
        "arn": "arn:{@partition}:backup:{@region}:{@account}:framework:{name}-{@uuid}",
    },
    "aws:backup/reportPlan:ReportPlan": {
        "name": AUTONAME,
        "id": "{name}",
        "arn": "arn:{@partition}:backup:{@region}:{@account}:report-plan:{name}-{@uuid}",
    },
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": {
        "id": "{name}",
        "arn": "arn:{@partition}:backup:{@region}:{@account}:restore-testing-plan:{name}-{@uuid}",
    },
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": {"id": "{name}:{restoreTestingPlanName}"},
    "aws:backup/regionSettings:RegionSettings": {"id": "{@region}"},
    "aws:backup/globalSettings:GlobalSettings": {"id": "{@account}"},
    "aws:guardduty/detector:Detector": {
        "id": "{@hex32}",
        "arn": "arn:{@partition}:guardduty:{@region}:{@account}:detector/{id}",
        "accountId": "{@account}",
    },
    "aws:guardduty/detectorFeature:DetectorFeature": {"id": "{detectorId}/{name}"},
    "aws:securityhub/account:Account": {
        "id": "{@account}",
        "arn": "arn:{@partition}:securityhub:{@region}:{@account}:hub/default",
    },
    "aws:securityhub/standardsSubscription:StandardsSubscription": {
        "id": "arn:{@partition}:securityhub:{@region}:{@account}:subscription/{@lower32}",
    },
    "aws:inspector2/enabler:Enabler": {"id": "{@account}-{@num6}"},
    "aws:cfg/recorder:Recorder": {"name": AUTONAME, "id": "{name}"},
    "aws:cfg/recorderStatus:RecorderStatus": {"id": "{name}"},
    "aws:cfg/deliveryChannel:DeliveryChannel": {"name": AUTONAME, "id": "{name}"},
    "aws:cfg/rule:Rule": {
        "name": AUTONAME,
        "id": "{name}",
        "ruleId": "config-rule-{@lower6}",
        "arn": "arn:{@partition}:config:{@region}:{@account}:config-rule/{ruleId}",
    },
    "aws:cloudtrail/trail:Trail": {
        "name": AUTONAME,
        "arn": "arn:{@partition}:cloudtrail:{@region}:{@account}:trail/{name}",
        "id": "{arn}",
        "homeRegion": "{@region}",
    },
    "aws:accessanalyzer/analyzer:Analyzer": _named("access-analyzer", "analyzer/", name="analyzerName"),
    "aws:macie2/account:Account": {"id": "{@account}"},
    "aws:ebs/encryptionByDefault:EncryptionByDefault": {"id": "terraform-{@hex26}"},
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": {"id": "{@region}"},
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": {"id": "{@region}"},
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults": {"id": "{@region}"},
    "aws:ebs/defaultKmsKey:DefaultKmsKey": {"id": "{keyArn}"},
    "aws:budgets/budget:Budget": {
        "name": AUTONAME,
        "accountId": "{@account}",
        "id": "{accountId}:{name}",
        "arn": "arn:{@partition}:budgets::{accountId}:budget/{name}",
    },
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": _by_arn(
        "arn:{@partition}:ce::{@account}:anomalymonitor/{@uuid}"
    ),
    "aws:costexplorer/anomalySubscription:AnomalySubscription": {
        **_by_arn("arn:{@partition}:ce::{@account}:anomalysubscription/{@uuid}"),
        "accountId": "{@account}",
    },
    "aws:amp/workspace:Workspace": {
        "id": "ws-{@uuid}",
        "arn": "arn:{@partition}:aps:{@region}:{@account}:workspace/{id}",
        "prometheusEndpoint": "https://aps-workspaces.{@region}.{@dns}/workspaces/{id}/",
    },
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace": {
        "arn": "arn:{@partition}:aps:{@region}:{@account}:rulegroupsnamespace/{workspaceId}/{name}",
        "id": "{arn}",
    },
    "aws:amp/alertManagerDefinition:AlertManagerDefinition": {"id": "{workspaceId}"},
    "aws:grafana/workspace:Workspace": {
        "id": "g-{@hex10}",
        "arn": "arn:{@partition}:grafana:{@region}:{@account}:/workspaces/{id}",
        "endpoint": "{id}.grafana-workspace.{@region}.{@dns}",
    },
    "aws:athena/workgroup:Workgroup": _named("athena", "workgroup/"),
    "aws:glue/catalogDatabase:CatalogDatabase": {
        "name": AUTONAME,
        "catalogId": "{@account}",
        "id": "{catalogId}:{name}",
        "arn": "arn:{@partition}:glue:{@region}:{@account}:database/{name}",
    },
    "aws:resourcegroups/group:Group": {
        "name": AUTONAME,
        "id": "{name}",
        "arn": "arn:{@partition}:resource-groups:{@region}:{@account}:group/{name}",
    },
    "aws:arcregionswitch/plan:Plan": {
        "arn": "arn:{@partition}:arc-region-switch::{@account}:plan/{name}:{@lower6}",
        "id": "{arn}",
    },
}
