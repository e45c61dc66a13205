"""The end of all mail where people test: it reaches a log, and nobody (ENV-02, ENV-03)."""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi_kubernetes import apps, core

from ...cluster_platform.labels import MAIL_CATCHER, PRIORITY_STANDARD
from .. import pods
from ..content import content_hash
from ..sizes import MAIL_CATCHER as SIZE
from .jobs import script

SCRIPT: Final = "catch_mail.py"
DIRECTORY: Final = "/mail"
USER_ID: Final = 10102
LABELS: Final = pods.labels(MAIL_CATCHER, component=MAIL_CATCHER)
SELECTOR: Final = pods.selector(MAIL_CATCHER, component=MAIL_CATCHER)


def declare_mail_catcher(
    *,
    image: str,
    port: int,
    namespace: pulumi.Input[str],
    running: bool,
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare the sink: service `mail-catcher` on the port that Odoo is told, and its one pod.

    Testers find their codes for the second factor in its log, which Fluent Bit ships as every other.
    """
    text = script(SCRIPT)
    config_map = f"{MAIL_CATCHER}-{content_hash(text)}"
    files = core.v1.ConfigMap(
        MAIL_CATCHER,
        core.v1.ConfigMapInitArgs(
            metadata=pods.metadata(config_map, namespace=namespace, labels=LABELS),
            immutable=True,
            data={SCRIPT: text},
        ),
        opts=opts,
    )
    account = pods.service_account(MAIL_CATCHER, namespace=namespace, labels=LABELS, opts=opts)
    core.v1.Service(
        MAIL_CATCHER,
        core.v1.ServiceInitArgs(
            metadata=pods.metadata(MAIL_CATCHER, namespace=namespace, labels=LABELS),
            spec=core.v1.ServiceSpecArgs(
                type="ClusterIP",
                selector=SELECTOR,
                ports=[core.v1.ServicePortArgs(name="smtp", port=port, target_port=port, protocol="TCP")],
            ),
        ),
        opts=opts,
    )
    alive = core.v1.ProbeArgs(
        tcp_socket=core.v1.TCPSocketActionArgs(port=port), period_seconds=20, timeout_seconds=3
    )
    container = core.v1.ContainerArgs(
        name=MAIL_CATCHER,
        image=image,
        command=["python3", f"{DIRECTORY}/{SCRIPT}"],
        env=pods.variables({"MAIL_PORT": str(port)}),
        ports=[core.v1.ContainerPortArgs(name="smtp", container_port=port, protocol="TCP")],
        resources=pods.resources(
            cpu_millicores=SIZE.cpu_millicores,
            memory_mib=SIZE.memory_mib,
            memory_limit_mib=SIZE.memory_limit_mib,
        ),
        security_context=pods.container_security(),
        volume_mounts=[pods.mount("script", DIRECTORY, read_only=True)],
        liveness_probe=alive,
        readiness_probe=alive,
    )
    apps.v1.Deployment(
        MAIL_CATCHER,
        apps.v1.DeploymentInitArgs(
            metadata=pods.metadata(MAIL_CATCHER, namespace=namespace, labels=LABELS),
            spec=pods.rolling_deployment(
                selector=SELECTOR,
                replicas=1 if running else 0,
                template=pods.pod_template(
                    labels=LABELS,
                    containers=[container],
                    volumes=[pods.config_files("script", config_map=config_map)],
                    security=pods.pod_security(user_id=USER_ID, group_id=USER_ID, file_group_id=USER_ID),
                    service_account=account.metadata.name,
                    priority_class=PRIORITY_STANDARD,
                    stop_seconds=30,
                ),
            ),
        ),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[files])),
    )
