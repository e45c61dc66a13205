"""Keys of the receivers: places in Secrets Manager, and the Kubernetes Secret that Alertmanager reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ...naming import Naming
from ...settings.observability import AlertingSettings
from ...workloads.pods import labels
from ...workloads.secret_delivery import RemoteValue, external_secret
from .pager_duty import PagerDuty
from .receivers import DEAD_MAN_SWITCH_URL, PAGERDUTY_KEY, SECRET, SLACK_URL, secret_files

CONTENT: Final[Mapping[str, str]] = {
    PAGERDUTY_KEY: "Key of the PagerDuty integration that critical alerts go to",
    SLACK_URL: "Address of the Slack webhook that alerts are posted to",
    DEAD_MAN_SWITCH_URL: "Address that is called every five minutes while alerting works",
}
"""What is in each file, as the operator who puts it there reads it."""


def secret_purpose(file: str) -> str:
    """Name what Secrets Manager calls a file: `observability-slack-webhook-url`."""
    return f"observability-{file}"


class AlertReceivers(pulumi.ComponentResource):
    """Everything alerts are sent to: keys and addresses, and the escalation in PagerDuty (OBS-13, SEC-02).

    Each key is a secret of its own, declared without a value: an operator puts it in. One exception: where
    this program declares the integration in PagerDuty it knows the key, keeps it encrypted in state, and
    puts it there itself.
    """

    ready: list[pulumi.Resource]
    """What Alertmanager's pod waits for."""
    secret_arns: dict[str, pulumi.Output[str]]
    """By the file's name: `slack-webhook-url`."""

    def __init__(
        self,
        name: str,
        *,
        settings: AlertingSettings,
        naming: Naming,
        namespace: pulumi.Input[str],
        secret_store: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        recovery_window_days: int,
        after: Sequence[pulumi.Resource],
        protect: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the receivers of Alertmanager in `namespace`; its `secret_store` is among `after`.

        `key_arn` is the key of secrets, `recovery_window_days` how long a deleted one can be brought back.
        """
        super().__init__("fleet:observability:AlertReceivers", name, None, opts)
        self._naming = naming
        self._protect = protect
        files = secret_files(settings)
        secrets = {file: self._secret(file, key_arn, recovery_window_days) for file in files}
        self.secret_arns = {file: secret.arn for file, secret in secrets.items()}
        written: list[pulumi.Resource] = []
        if settings.pagerduty is not None and settings.pagerduty.declared:
            pager = PagerDuty(
                "pager-duty",
                settings=settings.pagerduty,
                naming=naming,
                opts=pulumi.ResourceOptions(parent=self),
            )
            written.append(self._write(secrets[PAGERDUTY_KEY], pager.routing_key))
        delivered = external_secret(
            SECRET,
            name=SECRET,
            namespace=namespace,
            labels=labels("alertmanager", component="alertmanager"),
            store=secret_store,
            values=[RemoteValue(name=file, secret=naming.secret(secret_purpose(file))) for file in files],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*after, *secrets.values(), *written]),
        )
        self.ready = [delivered]
        self.register_outputs({"secretArns": self.secret_arns})

    def _secret(
        self, file: str, key_arn: pulumi.Input[str], recovery_window_days: int
    ) -> aws.secretsmanager.Secret:
        name = self._naming.secret(secret_purpose(file))
        return aws.secretsmanager.Secret(
            secret_purpose(file),
            aws.secretsmanager.SecretArgs(
                name=name,
                description=CONTENT[file],
                kms_key_id=key_arn,
                recovery_window_in_days=recovery_window_days,
                tags=self._naming.tags(name, classification="restricted"),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=self._protect),
        )

    def _write(
        self, secret: aws.secretsmanager.Secret, value: pulumi.Output[str]
    ) -> aws.secretsmanager.SecretVersion:
        """Put the value in, encrypted in state; an integration made anew brings a new one."""
        return aws.secretsmanager.SecretVersion(
            f"{secret_purpose(PAGERDUTY_KEY)}-value",
            aws.secretsmanager.SecretVersionArgs(secret_id=secret.id, secret_string=value),
            opts=pulumi.ResourceOptions(parent=self),
        )
