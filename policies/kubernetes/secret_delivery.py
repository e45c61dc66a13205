"""How secrets reach pods: from Secrets Manager through External Secrets, into files, and by no other way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.aws.plaintext import OBJECT_NAME, REFERENCES, is_secret_name
from policies.framework import (
    UNKNOWN,
    Controls,
    Finding,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    mandatory_in,
    resource_rule,
)
from policies.framework.values import Secret
from policies.k8s.applications import ODOO, runs
from policies.k8s.charts import chart_name
from policies.k8s.configuration import words
from policies.k8s.objects import KubernetesObject, objects, plain_map
from policies.k8s.pods import Container, pods
from policies.k8s.tokens import (
    CHARTS,
    CLUSTER_SECRET_STORES,
    EXTERNAL_SECRETS,
    RELEASES,
    SECRET_STORES,
    SECRETS,
    WORKLOADS,
)

_CONTROLS: Final = Controls((), (), ("SEC-02",), ("8(5)",))
_EXPANDED: Final = re.compile(r"\$\(([A-Za-z_][\w.-]*)\)")
_OLD_API: Final = re.compile(r"^kubernetes:(external-secrets\.io/v1(?:alpha|beta)1):")


@resource_rule(
    "iam-k8s-secret-values",
    subjects=SECRETS,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=_CONTROLS,
    remedy="Keep the value in Secrets Manager and declare an ExternalSecret, which makes the Secret.",
    exemptible=False,
)
def k8s_secret_values(secret: ResourceView) -> Findings:
    """No Secret is declared with its values: they would lie in the state."""
    for entry in objects(secret):
        for path in ("data", "stringData"):
            if entry.block.is_unknown(path):
                yield entry.finding(f"{path} is given")
            elif given := plain_map(entry.block, path):
                yield entry.finding(f"{path} gives {', '.join(sorted(given))}")


@resource_rule(
    "iam-k8s-secret-store",
    subjects=(*EXTERNAL_SECRETS, *SECRET_STORES, *CLUSTER_SECRET_STORES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-02", "SEC-03", "ISO-03"), ("8(5)",)),
    remedy=(
        "Read through a SecretStore in the same namespace with auth.jwt.serviceAccountRef: its role reads the"
        " secrets of that namespace only."
    ),
    by_reference=True,
)
def k8s_secret_store(store: ResourceView) -> Findings:
    """Each namespace reads its own secrets, by the role of a service account and by no stored key."""
    for entry in objects(store):
        if entry.partial:
            continue
        if entry.kind == "ExternalSecret":
            if entry.block.text("spec.secretStoreRef.kind", "SecretStore") != "SecretStore":
                yield entry.finding("secretStoreRef.kind is ClusterSecretStore", aspect="shared")
        elif entry.kind == "ClusterExternalSecret":
            yield entry.finding("it writes one secret into many namespaces", aspect="shared")
        else:
            if entry.kind == "ClusterSecretStore" and not entry.block.has("spec.conditions"):
                yield entry.finding("conditions are not set, so every namespace may read through it")
            if entry.block.has("spec.provider.kubernetes"):
                yield from _kubernetes_store(entry)
            else:
                yield from _aws_store(entry)


def _aws_store(entry: KubernetesObject) -> Iterator[Finding]:
    auth = entry.block.block("spec.provider.aws.auth")
    if auth.has("secretRef"):
        yield entry.finding("auth.secretRef is a stored access key", aspect="stored-key")
    if not auth.has("jwt.serviceAccountRef"):
        yield entry.finding("auth.jwt.serviceAccountRef is not set", aspect="identity")


def _kubernetes_store(entry: KubernetesObject) -> Iterator[Finding]:
    """Judge a store that reads Secrets of a cluster: its own namespace only, by a service account there."""
    provider = entry.block.block("spec.provider.kubernetes")
    for stored in ("token", "cert"):
        if provider.has(f"auth.{stored}"):
            yield entry.finding(f"auth.{stored} is a stored credential", aspect="stored-key")
    if not provider.has("auth.serviceAccount.name"):
        yield entry.finding("auth.serviceAccount is not set", aspect="identity")
    if entry.kind == "ClusterSecretStore" or provider.has("auth.serviceAccount.namespace"):
        yield entry.finding("it reads as a service account of another namespace", aspect="identity")
    elif provider.text("remoteNamespace", "default") != entry.namespace:
        yield entry.finding(
            f"remoteNamespace is {provider.text('remoteNamespace', 'default')}, not its own namespace",
            aspect="shared",
        )


@resource_rule(
    "avl-k8s-secret-api",
    subjects=(*EXTERNAL_SECRETS, *SECRET_STORES, *CLUSTER_SECRET_STORES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-02",)),
    remedy="Use external-secrets.io/v1: the release that is pinned serves no older version of these kinds.",
)
def k8s_secret_api(thing: ResourceView) -> Findings:
    """External Secrets are declared in the API version that its release serves."""
    if old := _OLD_API.match(thing.type):
        yield f"its API version is {old[1]}"


@resource_rule(
    "iam-k8s-secret-env",
    subjects=WORKLOADS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "testing", "dr"),
    controls=Controls((), ("CKV_K8S_35",), ("SEC-02",), ("8(5)",)),
    remedy="Mount the secret as a file: a rotation reaches files within a minute, variables never.",
)
def k8s_secret_env(workload: ResourceView) -> Findings:
    """Secrets are files in a pod, not variables."""
    for pod in pods(workload):
        for container in pod.containers:
            for name in _secret_variables(container):
                yield container.finding(f"the variable {name} comes from a secret")
            for source in container.block.blocks("envFrom"):
                if source.has("secretRef"):
                    yield container.finding(f"{source.at} makes variables of a whole secret")


def _secret_variables(container: Container) -> Iterator[str]:
    for variable in container.block.blocks("env"):
        if variable.has("valueFrom.secretKeyRef"):
            yield variable.text("name")


@resource_rule(
    "iam-k8s-command-line",
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=_CONTROLS,
    remedy="Give the program a file: command lines are seen by everybody who lists processes or pods.",
)
def k8s_command_line(workload: ResourceView) -> Findings:
    """No secret is on a command line.

    Odoo's image puts the variables PASSWORD and DB_ENV_POSTGRES_PASSWORD there itself.
    """
    for pod in pods(workload):
        for container in pod.containers:
            secret = set(_secret_variables(container))
            for word in words(container):
                option = word.partition("=")[0].lstrip("-")
                if word.startswith("-") and is_secret_name(option):
                    yield container.finding(f"the command line has --{option}")
                for name in _EXPANDED.findall(word):
                    if name in secret or is_secret_name(name):
                        yield container.finding(f"the command line expands {name}")
            if runs(container, ODOO):
                for variable in container.block.blocks("env"):
                    if variable.text("name") in {"PASSWORD", "DB_ENV_POSTGRES_PASSWORD"}:
                        yield container.finding(f"the image puts {variable.text('name')} on the command line")


@resource_rule(
    "iam-k8s-chart-password",
    subjects=(*RELEASES, *CHARTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=_CONTROLS,
    remedy="Name a secret in the values (existingSecret, passwordSecret); an ExternalSecret makes it.",
)
def k8s_chart_password(release: ResourceView) -> Findings:
    """Values of charts name secrets and hold none, not even marked ones: Helm keeps values in the cluster."""
    for path, value in _ends(release.block("values").properties(), "values"):
        if is_secret_name(path.rpartition(".")[2]) and _is_value(path, value):
            yield f"{path} is given"


@resource_rule(
    "iam-k8s-grafana-admin",
    subjects=(*RELEASES, *CHARTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=_CONTROLS,
    remedy="Set grafana.admin.existingSecret: without it the chart's own, published password holds.",
)
def k8s_grafana_admin(release: ResourceView) -> Findings:
    """Grafana's administrator has a password of ours."""
    name = chart_name(release)
    values = release.block("values")
    grafana = values.block("grafana") if name == "kube-prometheus-stack" else values
    if name == "grafana" or (name == "kube-prometheus-stack" and grafana.flag("enabled", default=True)):
        given = grafana.has("admin.existingSecret")
        yield from [] if given else [f"{grafana.at}.admin.existingSecret is not set"]


def _ends(tree: Any, path: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  (any wire value)
    """Give every (path, value) at the ends of a tree, what is unknown or secret included."""
    if isinstance(tree, Secret):
        tree = tree.value
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from _ends(value, f"{path}.{name}")
    elif isinstance(tree, list):
        for at, value in enumerate(tree):
            yield from _ends(value, f"{path}.{at}")
    else:
        yield path, tree


def _is_value(path: str, value: Any) -> bool:  # noqa: ANN401  (any wire value)
    if value is UNKNOWN:
        return True
    if not isinstance(value, str) or REFERENCES.fullmatch(value.strip()):
        return False
    return not (path.lower().endswith("secret") and OBJECT_NAME.fullmatch(value))
