"""The pod of Odoo: what every part, and every job, of it shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes import core

from ...data.filestore import ODOO_GROUP_ID, ODOO_USER_ID
from ...network import ports
from .. import certificates, pods
from ..sizes import ContainerCapacity
from ..store_authority import StoreAuthority
from . import configuration, proxy
from .parts import CONTAINER, Part

CERTIFICATES: Final = "/etc/rds"
CERTIFICATES_VOLUME: Final = "rds-certificates"
GSP_DIRECTORY: Final = "/run/secrets/gsp"
GSP_FILE: Final = "api-key"
PROXY_CONFIGURATION: Final = "/etc/nginx/erp"
PROXY_FILE: Final = "nginx.conf"
TEMPORARY: Final = "/tmp"  # noqa: S108  (a volume of the pod)
TEMPORARY_MIB: Final = 1024
"""wkhtmltopdf and imports; a report of a month has hundreds of pages."""
PROXY_TEMPORARY_MIB: Final = 2048
"""Uploads and answers on their way to slow clients."""
PROXY_USER_ID: Final = 10101
"""No user of a node has it. The file group lets the proxy read its configuration."""
CONNECT_SECONDS: Final = 5
"""A database that is gone must not hold a request for longer: the liveness probe would time out."""

LIVENESS: Final = pods.http_probe(
    "/web/database/selector",
    port=ports.ODOO.first,
    period_seconds=30,
    timeout_seconds=10,
    # Three minutes: a failover of the database takes two, and restarting every pod would not help it.
    failure_threshold=6,
)
"""OBS-09. Answers 200 with listing switched off too, and hashes no password while `admin_passwd` is False."""
READINESS: Final = pods.http_probe(
    "/web/health", port=ports.ODOO.first, period_seconds=10, timeout_seconds=5, failure_threshold=3
)
STARTUP: Final = pods.http_probe(
    "/web/health", port=ports.ODOO.first, period_seconds=10, timeout_seconds=5, failure_threshold=30
)
SECURITY: Final = pods.pod_security(user_id=ODOO_USER_ID, group_id=ODOO_GROUP_ID, file_group_id=ODOO_GROUP_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What pods of Odoo find around them."""

    image: str
    proxy_image: str
    database_host: pulumi.Input[str]
    report_database_host: pulumi.Input[str] | None
    authority: StoreAuthority | None
    """Who signed the database's certificate; None: Amazon RDS, whose roots are mounted."""
    claim: pulumi.Input[str]
    gsp_secret: str
    """Kubernetes Secret with the key of the GSP; pods start without it, for an operator puts it later."""


def part_template(
    part: Part,
    surroundings: Surroundings,
    *,
    configuration_secret: str,
    proxy_config_map: str | None,
    service_account: pulumi.Input[str],
) -> core.v1.PodTemplateSpecArgs:
    """Give the pod of a part."""
    reads_replica = part.reads_replica and surroundings.report_database_host is not None
    arguments = [f"--config={configuration.PATH}"]
    if reads_replica:
        # Routes that only read go there (odoo/http.py, `readonly`); an address is no secret.
        arguments.append("--db_replica_host=$(REPORT_DATABASE_HOST)")
    odoo = core.v1.ContainerArgs(
        name=CONTAINER,
        image=surroundings.image,
        # Not the image's entry point: it puts the password on the command line or writes odoo.conf anew.
        command=["odoo"],
        args=arguments,
        env=pods.variables(environment(surroundings, reads_replica=reads_replica)),
        ports=None if part.processes.proxied else [_http_port()],
        resources=_resources(part.size.main),
        security_context=pods.container_security(),
        volume_mounts=mounts(surroundings, gsp=part.reaches_partners),
        liveness_probe=LIVENESS,
        readiness_probe=READINESS,
        startup_probe=STARTUP,
        lifecycle=pods.drain(),
    )
    return pods.pod_template(
        labels=part.pod_labels,
        sidecars=[_proxy(surroundings, part.size.proxy)] if part.size.proxy is not None else [],
        containers=[odoo],
        volumes=[
            *volumes(surroundings, configuration_secret=configuration_secret, gsp=part.reaches_partners),
            *_proxy_volumes(proxy_config_map),
        ],
        security=SECURITY,
        service_account=service_account,
        priority_class=part.priority,
        stop_seconds=part.stop_seconds,
        spread=pods.spread(part.selector),
    )


def environment(
    surroundings: Surroundings, *, reads_replica: bool = False
) -> Mapping[str, pulumi.Input[str]]:
    """Give the variables: where the database is and how it is trusted, as libpq reads them; no secrets."""
    variables: dict[str, pulumi.Input[str]] = {
        "ODOO_RC": configuration.PATH,
        "PGHOST": surroundings.database_host,
        "PGPORT": str(ports.POSTGRES.first),
        "PGCONNECT_TIMEOUT": str(CONNECT_SECONDS),
        "XDG_CACHE_HOME": TEMPORARY,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": f"{CERTIFICATES}/{_roots_file(surroundings)}",
    }
    if reads_replica and surroundings.report_database_host is not None:
        variables["REPORT_DATABASE_HOST"] = surroundings.report_database_host
    return variables


def mounts(surroundings: Surroundings, *, gsp: bool) -> list[core.v1.VolumeMountArgs]:
    """Give what a container of Odoo sees: it writes to its data directory and to /tmp, nowhere else."""
    seen = [
        pods.mount("configuration", configuration.DIRECTORY, read_only=True),
        pods.mount("data", configuration.DATA_DIRECTORY),
        pods.mount("temporary", TEMPORARY),
        pods.mount(CERTIFICATES_VOLUME, CERTIFICATES, read_only=True),
    ]
    if gsp:
        seen.append(pods.mount("gsp", GSP_DIRECTORY, read_only=True))
    return seen


def volumes(surroundings: Surroundings, *, configuration_secret: str, gsp: bool) -> list[core.v1.VolumeArgs]:
    """Give the volumes behind `mounts`."""
    given = [
        pods.secret_files("configuration", secret=configuration_secret, keys=[configuration.FILE_NAME]),
        pods.claim("data", claim_name=surroundings.claim),
        pods.scratch("temporary", size_mib=TEMPORARY_MIB),
        _roots(surroundings),
    ]
    if gsp:
        given.append(pods.secret_files("gsp", secret=surroundings.gsp_secret, optional=True))
    return given


def _roots(surroundings: Surroundings) -> core.v1.VolumeArgs:
    authority = surroundings.authority
    if authority is None:
        return pods.config_files(CERTIFICATES_VOLUME, config_map=certificates.CONFIG_MAP)
    return pods.secret_files(CERTIFICATES_VOLUME, secret=authority.secret, keys=[authority.file])


def _roots_file(surroundings: Surroundings) -> str:
    return certificates.FILE_NAME if surroundings.authority is None else surroundings.authority.file


def _proxy(surroundings: Surroundings, size: ContainerCapacity) -> core.v1.ContainerArgs:
    """Give the proxy: a sidecar that starts before Odoo, and stops only when Odoo's requests are done."""
    return core.v1.ContainerArgs(
        name="nginx",
        image=surroundings.proxy_image,
        restart_policy="Always",
        # The first log goes to a file otherwise, before the configuration is read.
        command=["nginx", "-e", "stderr", "-c", f"{PROXY_CONFIGURATION}/{PROXY_FILE}", "-g", "daemon off;"],
        ports=[_http_port()],
        resources=_resources(size),
        security_context=_proxy_security(),
        volume_mounts=[
            pods.mount("proxy", PROXY_CONFIGURATION, read_only=True),
            pods.mount("proxy-temporary", TEMPORARY),
        ],
        liveness_probe=_proxy_probe(failure_threshold=3),
        readiness_probe=_proxy_probe(failure_threshold=3),
        startup_probe=_proxy_probe(failure_threshold=30),
    )


def _proxy_volumes(config_map: str | None) -> Sequence[core.v1.VolumeArgs]:
    if config_map is None:
        return ()
    return (
        pods.config_files("proxy", config_map=config_map),
        pods.scratch("proxy-temporary", size_mib=PROXY_TEMPORARY_MIB),
    )


def _proxy_security() -> core.v1.SecurityContextArgs:
    return pods.container_security(user_id=PROXY_USER_ID)


def _proxy_probe(*, failure_threshold: int) -> core.v1.ProbeArgs:
    return pods.http_probe(
        proxy.HEALTH_PATH,
        port=ports.ODOO.first,
        period_seconds=10,
        timeout_seconds=2,
        failure_threshold=failure_threshold,
    )


def _http_port() -> core.v1.ContainerPortArgs:
    return core.v1.ContainerPortArgs(name="http", container_port=ports.ODOO.first, protocol="TCP")


def _resources(size: ContainerCapacity) -> core.v1.ResourceRequirementsArgs:
    return pods.resources(
        cpu_millicores=size.cpu_millicores,
        memory_mib=size.memory_mib,
        memory_limit_mib=size.memory_limit_mib,
    )
