"""Jobs that bring the database to what the pods expect: one after the other, before any pod of the release.

| job | does | runs again when |
|---|---|---|
| init | installs Odoo in a new database | image, modules or script change; finds nothing to do then |
| upgrade | installs missing modules, upgrades newer ones | likewise |
| config | sets and proves two-factor authentication for all; addresses | likewise, or an address changes |

A job's name carries a hash of all that it runs with: a finished job is the record that this was done. A
failed one stops the deployment, and nobody tries again by itself (`backoffLimit: 0`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_kubernetes import batch, core

from ...cluster_platform.labels import PRIORITY_TRANSACTIONS
from .. import pods
from ..content import content_hash
from ..sizes import PodCapacity
from . import configuration, pod
from .jobs import Script, script
from .parts import APPLICATION, CONTAINER

SCRIPTS: Final = "/jobs"
CONFIG_MAP: Final = "odoo-jobs"
COMPONENT: Final = "odoo-jobs"
SHELL_FILE: Final = "script.py"
RUN: Final[tuple[Script, ...]] = ("initialise.py", "upgrade.py", "configure.py")
LONGEST_SECONDS: Final = 3600
"""A large upgrade; and the first deployment waits this long for the mail server's credentials."""
LABELS: Final = pods.labels(APPLICATION, component=COMPONENT)
STOP_SECONDS: Final = 60


class Preparation:
    """The jobs in their order; `done` is what the pods wait for."""

    done: pulumi.Resource
    upgrade: str
    """Changes with every run of the upgrade, for what must follow it again."""

    def __init__(
        self,
        *,
        surroundings: pod.Surroundings,
        size: PodCapacity,
        modules: Sequence[str],
        addresses: Mapping[str, str],
        configuration_secret: str,
        namespace: pulumi.Input[str],
        service_account: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Declare the jobs.

        `addresses` are variables of the config job: `ODOO_BASE_URL` and `ODOO_REPORT_URL`.
        """
        self._surroundings = surroundings
        self._size = size
        self._secret = configuration_secret
        self._namespace = namespace
        self._service_account = service_account
        self._opts = opts
        scripts = {name: script(name) for name in RUN}
        self._config_map = f"{CONFIG_MAP}-{content_hash(scripts)}"
        files = core.v1.ConfigMap(
            CONFIG_MAP,
            core.v1.ConfigMapInitArgs(
                metadata=pods.metadata(self._config_map, namespace=namespace, labels=LABELS),
                immutable=True,
                data=scripts,
            ),
            opts=opts,
        )
        wanted = {"ODOO_MODULES": ",".join(modules)}
        initialised = self._job("init", "initialise.py", wanted, after=[files, *after])
        upgraded = self._job("upgrade", "upgrade.py", wanted, after=[initialised])
        self.upgrade = self._identity("upgrade.py", wanted)
        self.done = self._job("config", "configure.py", addresses, after=[upgraded])

    def run_in_shell(
        self, name: str, *, text: str, variables: Mapping[str, str], opts: pulumi.ResourceOptions
    ) -> batch.v1.Job:
        """Run another script in Odoo's shell, once the database is as the pods expect it."""
        labels = pods.labels(APPLICATION, component=COMPONENT)
        config_map = f"odoo-{name}-{content_hash(text)}"
        files = core.v1.ConfigMap(
            f"odoo-{name}",
            core.v1.ConfigMapInitArgs(
                metadata=pods.metadata(config_map, namespace=self._namespace, labels=labels),
                immutable=True,
                data={SHELL_FILE: text},
            ),
            opts=opts,
        )
        return self._declare(
            name,
            command=_in_shell(SHELL_FILE),
            config_map=config_map,
            identity=content_hash(self._surroundings.image, text, variables, self._secret),
            variables=variables,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[files, self.done])),
        )

    def _job(
        self, name: str, file: Script, variables: Mapping[str, str], *, after: Sequence[pulumi.Resource]
    ) -> batch.v1.Job:
        return self._declare(
            name,
            command=_command(file),
            config_map=self._config_map,
            identity=self._identity(file, variables),
            variables=variables,
            opts=pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(depends_on=list(after))),
        )

    def _identity(self, file: Script, variables: Mapping[str, str]) -> str:
        return content_hash(self._surroundings.image, script(file), variables, self._secret)

    def _declare(
        self,
        name: str,
        *,
        command: Sequence[str],
        config_map: str,
        identity: str,
        variables: Mapping[str, str],
        opts: pulumi.ResourceOptions,
    ) -> batch.v1.Job:
        surroundings = self._surroundings
        template = pods.pod_template(
            labels=LABELS,
            containers=[
                core.v1.ContainerArgs(
                    name=CONTAINER,
                    image=surroundings.image,
                    command=list(command),
                    env=pods.variables({**pod.environment(surroundings), **variables}),
                    resources=pods.resources(
                        cpu_millicores=self._size.cpu_millicores,
                        memory_mib=self._size.memory_mib,
                        memory_limit_mib=self._size.memory_limit_mib,
                    ),
                    security_context=pods.container_security(),
                    volume_mounts=[
                        *pod.mounts(surroundings, gsp=False),
                        pods.mount("jobs", SCRIPTS, read_only=True),
                    ],
                    # The end of the log, where `kubectl describe` and Pulumi show it.
                    termination_message_policy="FallbackToLogsOnError",
                )
            ],
            volumes=[
                *pod.volumes(surroundings, configuration_secret=self._secret, gsp=False),
                pods.config_files("jobs", config_map=config_map),
            ],
            security=pod.SECURITY,
            service_account=self._service_account,
            # The whole deployment waits for it.
            priority_class=PRIORITY_TRANSACTIONS,
            stop_seconds=STOP_SECONDS,
            restart_policy="Never",
        )
        return batch.v1.Job(
            f"odoo-{name}",
            batch.v1.JobInitArgs(
                metadata=pods.metadata(f"odoo-{name}-{identity}", namespace=self._namespace, labels=LABELS),
                spec=batch.v1.JobSpecArgs(
                    backoff_limit=0,
                    completions=1,
                    parallelism=1,
                    active_deadline_seconds=LONGEST_SECONDS,
                    template=template,
                ),
            ),
            opts=pulumi.ResourceOptions.merge(
                opts,
                pulumi.ResourceOptions(
                    custom_timeouts=pulumi.CustomTimeouts(create=f"{LONGEST_SECONDS // 60 + 5}m")
                ),
            ),
        )


def _command(file: Script) -> list[str]:
    if file != "configure.py":
        return ["python3", f"{SCRIPTS}/{file}"]
    return _in_shell(file)


def _in_shell(file: str) -> list[str]:
    """Give the command for a script that finds `env`: `odoo shell` executes what it reads from a file."""
    return [
        "/bin/sh",
        "-c",
        f"exec odoo shell --config={configuration.PATH} --no-http < {SCRIPTS}/{file}",
    ]
