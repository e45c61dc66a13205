"""Values of the chart: keys that it knows, a pod that the namespace admits, nobody who gets in by chance."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from infra.observability import grafana as room
from infra.observability.dashboards.data_sources import DATA_SOURCES
from infra.observability.grafana import values as module
from infra.observability.requests import IN_THE_CLUSTER
from tests.infra.cluster_platform.chart_facts import digest, keys
from tests.infra.settings.stack_files import estate_settings

from .chart import ROLE_ARN, load, values

FACTS: Final = load()
STACKS: Final = ("prod", "staging", "dr")
HANDED_ON: Final = re.compile(
    r"(.*\.)?(containerS|s)ecurityContext(\..*)?|(.*\.)?resources\..*|serviceAccount\.annotations\..*"
    r"|sidecar\.(dashboards|datasources)\.startupProbe\..*|grafana\.ini\..*|envValueFrom\..*"
)
"""Values that the chart does not read but hands on."""
READ_IF_GIVEN: Final = {
    # The chart's templates read them, its values.yaml names them in comments alone.
    "sidecar.dashboards.restartPolicy",
    "sidecar.dashboards.startupProbe",
    "sidecar.datasources.restartPolicy",
    "sidecar.datasources.startupProbe",
    "rbac.useExistingRole",
    "serviceAccount.annotations",
    "priorityClassName",
}


def ini() -> configparser.RawConfigParser:
    """Read grafana.ini as the chart rendered it."""
    parser = configparser.RawConfigParser()
    parser.read_string("[top]\n" + FACTS["ini"])
    return parser


def containers() -> dict[str, dict[str, Any]]:
    """Give every container of the pod by name."""
    pod = FACTS["pod"]
    return {each["name"]: each for each in (*pod["containers"], *pod["initContainers"])}


def test_the_record_is_of_the_chart_of_the_pinned_stack_and_of_our_values() -> None:
    """kube-prometheus-stack 88.5.3 depends on this version of the chart."""
    assert estate_settings("prod").versions.charts.kube_prometheus_stack == "88.5.3"
    assert (FACTS["version"], FACTS["app_version"]) == ("12.11.1", "13.2.0")
    assert FACTS["values"] == digest(values("prod"))


def test_the_charts_know_every_value() -> None:
    known = set(FACTS["keys"]) | READ_IF_GIVEN
    assert [key for key in keys(values("prod")) if key not in known and not HANDED_ON.fullmatch(key)] == []


def test_the_image_is_ours_and_of_the_version_that_the_chart_is_for() -> None:
    """By digest, and built from that version of Grafana with the plugins of all data sources."""
    image = containers()["grafana"]["image"]
    assert re.fullmatch(
        r"111122223333\.dkr\.ecr\.ap-south-1\.amazonaws\.com/fleet-erp/grafana:13\.2\.0-\d+@sha256:[0-9a-f]{64}",
        image,
    )
    recipe = (Path(room.__file__).parent / "image" / "Dockerfile").read_text()
    assert f"FROM docker.io/grafana/grafana:{FACTS['app_version']}\n" in recipe
    baked = dict(
        re.findall(rf"--pluginsDir {module.PLUGINS} plugins install ([a-z-]+) (\d+\.\d+\.\d+) ", recipe)
    )
    # What is not Grafana's own.
    wanted = {source.type for source in DATA_SOURCES} - {"prometheus", "grafana-postgresql-datasource"}
    assert set(baked) == wanted
    assert set(ini()["plugins"]["forward_host_env_vars"].split(",")) == wanted
    assert ini()["paths"]["plugins"] == module.PLUGINS


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_loaded_from_the_internet(stack: str) -> None:
    """Neither plugins nor dashboards nor pictures; nobody is told that there is a newer version."""
    found = values(stack)
    assert found["plugins"] == []
    assert "dashboards" not in found
    configuration = found["grafana.ini"]
    assert configuration["plugins"]["preinstall_disabled"] is True
    assert configuration["plugins"]["plugin_admin_enabled"] is False
    assert set(configuration["analytics"].values()) == {False}
    assert configuration["news"] == {"news_feed_enabled": False}
    assert configuration["security"]["disable_gravatar"] is True
    assert configuration["snapshots"]["external_enabled"] is False


def test_nobody_gets_in_without_a_login_and_viewers_view() -> None:
    configuration = ini()
    assert configuration["auth.anonymous"]["enabled"] == "false"
    assert configuration["users"]["allow_sign_up"] == "false"
    assert configuration["users"]["allow_org_create"] == "false"
    assert configuration["users"]["auto_assign_org_role"] == "Viewer"
    assert configuration["users"]["viewers_can_edit"] == "false"
    assert configuration["public_dashboards"]["enabled"] == "false"
    assert configuration["security"]["disable_brute_force_login_protection"] == "false"
    assert configuration["security"]["cookie_secure"] == "true"
    assert configuration["security"]["strict_transport_security"] == "true"
    assert configuration["security"]["allow_embedding"] == "false"


def test_what_is_provisioned_cannot_be_saved_over() -> None:
    provider = values("prod")["sidecar"]["dashboards"]["provider"]
    assert provider["allowUiUpdates"] is False
    assert values("prod")["persistence"] == {"enabled": False}
    assert not any("persistentVolumeClaim" in volume for volume in FACTS["pod"]["volumes"])


def test_the_pod_is_admitted_by_the_restricted_standard() -> None:
    """No root, no capability, nothing written outside volumes; volumes of kinds that the standard names."""
    assert FACTS["pod"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert {"hostNetwork", "hostPID", "hostIPC"}.isdisjoint(FACTS["pod"])
    for name, container in containers().items():
        context = container["securityContext"]
        assert context["runAsNonRoot"] is True, name
        assert context["allowPrivilegeEscalation"] is False, name
        assert context["readOnlyRootFilesystem"] is True, name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
    kinds = {key for volume in FACTS["pod"]["volumes"] for key in volume} - {"name"}
    assert kinds <= {"configMap", "emptyDir", "secret", "projected"}


def test_every_container_requests_what_the_fit_counts() -> None:
    """Grafana and two side containers."""
    (pod,) = (each for each in IN_THE_CLUSTER if each.name == "grafana")
    found = [container["resources"] for container in containers().values()]
    assert sorted(map(json.dumps, found)) == sorted(
        json.dumps({"limits": each.resources["limits"], "requests": each.resources["requests"]})
        for each in pod.containers
    )


def test_side_containers_fill_the_folders_before_grafana_starts() -> None:
    """They go on beside it (`restartPolicy: Always`), and are probed for having filled them."""
    side = {each["name"]: each for each in FACTS["pod"]["initContainers"]}
    assert len(side) == 2
    for container in side.values():
        assert container["restartPolicy"] == "Always"
        port = container["startupProbe"]["httpGet"]["port"]
        assert {"name": "HEALTH_PORT", "value": str(port)} in container["env"]
    assert len({each["startupProbe"]["httpGet"]["port"] for each in side.values()}) == 2


@pytest.mark.requirement("SEC-03")
def test_grafana_has_a_role_of_its_own_and_not_the_charts() -> None:
    """The chart's role reads every secret of the namespace."""
    assert "Role" not in FACTS["kinds"]
    assert "ClusterRole" not in FACTS["kinds"]
    assert FACTS["bound"] == ["grafana"]
    assert FACTS["pod"]["serviceAccountName"] == "grafana"
    account = values("prod")["serviceAccount"]
    assert account["annotations"] == {"eks.amazonaws.com/role-arn": ROLE_ARN}
    names = {
        variable["value"]
        for container in FACTS["pod"]["initContainers"]
        for variable in container["env"]
        if variable["name"] == "RESOURCE_NAME"
    }
    assert names == {"secret/grafana-data-sources"}


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("stack", STACKS)
def test_no_secret_is_among_the_values(stack: str) -> None:
    """Names of secrets alone; the chart checks the same of grafana.ini."""
    found = values(stack)
    assert found["assertNoLeakedSecrets"] is True
    assert "adminPassword" not in found
    assert found["admin"] == {
        "existingSecret": "grafana-admin",
        "userKey": "admin-user",
        "passwordKey": "admin-password",
    }
    suspicious = re.compile(r"password|secret|token$|credential", re.IGNORECASE)
    signing = found["envValueFrom"].pop("GF_SECURITY_SECRET_KEY")
    assert signing == {"secretKeyRef": {"name": "grafana-admin", "key": "signing-key"}}
    named = {key for key in keys(found) if suspicious.search(key) and "automount" not in key}
    assert named == {"assertNoLeakedSecrets", "admin.existingSecret", "admin.passwordKey"}


def test_service_and_container_have_one_port() -> None:
    """The CNI compares ports of pods; the path to it names this one."""
    (port,) = (each for each in containers()["grafana"]["ports"] if each["name"] == "grafana")
    assert port["containerPort"] == values("prod")["service"]["port"] == 3000
    assert FACTS["labels"]["app.kubernetes.io/name"] == "grafana"
