"""What must be there before Grafana's pod: an administrator, data sources without a password, few rights."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest
import yaml

from infra.observability.dashboards.data_sources import DATA_SOURCES
from infra.workloads import connections
from infra.workloads.jobs.users import DATABASE_USERS
from preview.graph import ResourceGraph, is_secret, plain
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import estate_settings
from tests.schemas.validation import is_object, problems

from .conftest import REPORT_HOST, SEARCH_HOST, WORKSPACE, AccessRenderer

STACKS: Final = ("prod", "staging", "dr")
EXTERNAL_SECRET: Final = "kubernetes:external-secrets.io/v1:ExternalSecret"
PASSWORD: Final = "AlphaNumeric0123456789"


def delivered(graph: ResourceGraph, name: str) -> dict[str, Any]:
    """Give the spec of the ExternalSecret behind a Kubernetes Secret."""
    (spec,) = (
        each.inputs["spec"]
        for each in graph.of_type(EXTERNAL_SECRET)
        if each.inputs["spec"]["target"]["name"] == name
    )
    return spec


def rendered(graph: ResourceGraph) -> dict[str, Any]:
    """Render the template as External Secrets does, with a sample value, and read the file."""
    spec = delivered(graph, "grafana-data-sources")
    ((name, template),) = spec["target"]["template"]["data"].items()
    assert name.endswith(".yaml")
    values = {entry["secretKey"]: PASSWORD for entry in spec["data"]}
    text = re.sub(r"{{ \.(\w+) }}", lambda found: values[found[1]], template)
    assert "{{" not in text
    return yaml.safe_load(text)


def sources(graph: ResourceGraph) -> dict[str, dict[str, Any]]:
    """Give the data sources by uid."""
    return {source["uid"]: source for source in rendered(graph)["datasources"]}


@pytest.mark.parametrize("stack", STACKS)
def test_the_api_accepts_every_object(access: AccessRenderer, stack: str) -> None:
    version = estate_settings(stack).versions.kubernetes
    objects = [each for each in access(stack).resources if is_object(each)]
    assert len(objects) == 3
    assert [line for each in objects for line in problems(each, version=version)] == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_data_source_that_dashboards_name_is_provisioned(access: AccessRenderer, stack: str) -> None:
    """With its uid and type; nobody edits it, and one that is no longer here leaves Grafana."""
    document = rendered(access(stack))
    assert document["apiVersion"] == 1
    assert document["prune"] is True
    found = {(source["uid"], source["type"], source["name"]) for source in document["datasources"]}
    assert {(source.uid, source.type, source.name) for source in DATA_SOURCES} <= found
    assert {source["editable"] for source in document["datasources"]} == {False}
    assert {source["access"] for source in document["datasources"]} == {"proxy"}
    assert [source["uid"] for source in document["datasources"] if source.get("isDefault")] == ["prometheus"]


@pytest.mark.requirement("SEC-05")
def test_the_database_is_asked_as_the_role_that_reads_views_alone(access: AccessRenderer) -> None:
    """Over TLS to a server that shows a certificate of RDS, with half of the role's connections."""
    source = sources(access("prod"))["erp-database"]
    assert source["url"] == f"{REPORT_HOST}:5432"
    assert source["user"] == "grafana"
    assert source["user"] in {user.name for user in DATABASE_USERS}
    assert source["secureJsonData"] == {"password": PASSWORD}
    settings = source["jsonData"]
    assert settings["database"] == estate_settings("prod").workloads.odoo.database
    assert settings["sslmode"] == "verify-full"
    assert settings["tlsConfigurationMethod"] == "file-path"
    assert settings["sslRootCertFile"] == "/etc/grafana/database-certificates/rds.pem"
    assert settings["maxOpenConns"] * 2 <= connections.DASHBOARDS


@pytest.mark.parametrize(
    ("uid", "url"), [("amp", WORKSPACE), ("logs", f"https://{SEARCH_HOST}")], ids=["amp", "logs"]
)
def test_aws_is_asked_with_signed_requests_and_no_key(access: AccessRenderer, uid: str, url: str) -> None:
    source = sources(access("prod"))[uid]
    assert source["url"] == url
    signed = {key: value for key, value in source["jsonData"].items() if key.startswith("sigV4")}
    assert signed == {"sigV4Auth": True, "sigV4AuthType": "default", "sigV4Region": "ap-south-1"}
    assert "secureJsonData" not in source


def test_logs_are_searched_where_they_are_written(access: AccessRenderer) -> None:
    settings = sources(access("prod"))["logs"]["jsonData"]
    assert settings["database"] == "fleet-erp-prod-*"
    assert (settings["flavor"], settings["version"]) == ("opensearch", "2.19.0")
    fields = (settings["timeField"], settings["logMessageField"], settings["logLevelField"])
    assert fields == ("@timestamp", "message", "level")


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("stack", STACKS)
def test_secrets_come_from_secrets_manager(access: AccessRenderer, stack: str) -> None:
    """The database's password is that of the role; the administrator's is generated and marked secret."""
    graph = access(stack)
    (entry,) = delivered(graph, "grafana-data-sources")["data"]
    assert entry["remoteRef"] == {"key": f"fleet-erp/{stack}/database-grafana", "property": "password"}
    admin = delivered(graph, "grafana-admin")
    assert "template" not in admin["target"]
    assert {item["secretKey"]: item["remoteRef"] for item in admin["data"]} == {
        "admin-user": {"key": f"fleet-erp/{stack}/observability-grafana-admin", "property": "username"},
        "admin-password": {"key": f"fleet-erp/{stack}/observability-grafana-admin", "property": "password"},
        "signing-key": {"key": f"fleet-erp/{stack}/observability-grafana-admin", "property": "signing_key"},
    }
    (value,) = graph.of_type("aws:secretsmanager/secretVersion:SecretVersion")
    assert is_secret(value.inputs["secretStringWo"])
    document = json.loads(plain(value.inputs["secretStringWo"]))
    assert document["username"] == "admin"
    for generated in (document["password"], document["signing_key"]):
        assert len(generated) >= 32
        assert generated.isalnum()
    assert document["password"] != document["signing_key"]


def test_the_secret_carries_the_label_of_data_sources(access: AccessRenderer) -> None:
    template = delivered(access("prod"), "grafana-data-sources")["target"]["template"]
    assert template["metadata"] == {"labels": {"grafana_datasource": "1"}}
    assert template["engineVersion"] == "v2"


@pytest.mark.requirement("SEC-03")
def test_the_role_reads_dashboards_and_one_secret(access: AccessRenderer) -> None:
    (role,) = access("prod").of_type("kubernetes:rbac.authorization.k8s.io/v1:Role")
    assert role.inputs["metadata"]["name"] == "grafana"
    assert role.inputs["metadata"]["namespace"] == "observability"
    assert role.inputs["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]},
        {
            "apiGroups": [""],
            "resources": ["secrets"],
            "resourceNames": ["grafana-data-sources"],
            "verbs": ["get"],
        },
    ]


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("stack", STACKS)
def test_the_pods_role_asks_and_searches_and_writes_nothing(estate: EstateRenderer, stack: str) -> None:
    """The role of the account that the chart makes: this environment's workspace and domain alone."""
    graph = estate(stack)
    environment = estate_settings(stack).environment
    place = f"{environment.region}:{environment.account_id}"
    (release,) = (
        each
        for each in graph.of_type("kubernetes:helm.sh/v3:Release")
        if each.inputs["name"] == "kube-prometheus-stack"
    )
    account = release.inputs["values"]["grafana"]["serviceAccount"]
    (role,) = (
        each
        for each in graph.of_type("aws:iam/role:Role")
        if account["annotations"]["eks.amazonaws.com/role-arn"].endswith(f"role/{each.inputs['name']}")
    )
    assert account["name"] == "grafana"
    trust = json.dumps(plain(role.inputs["assumeRolePolicy"]))
    assert "system:serviceaccount:observability:grafana" in trust
    documents = [
        json.loads(plain(each.inputs["policy"]))
        for each in graph.of_type("aws:iam/rolePolicy:RolePolicy")
        if each.name == role.name
    ]
    statements = [statement for document in documents for statement in document["Statement"]]
    actions = {action for statement in statements for action in _texts(statement["Action"])}
    assert actions == {
        *("aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics"),
        *("es:ESHttpGet", "es:ESHttpPost"),
    }
    domain = f"arn:aws:es:{place}:domain/fleet-erp-{stack}-logs/"
    for statement in statements:
        places = _texts(statement["Resource"])
        if "es:ESHttpPost" in _texts(statement["Action"]):
            # A POST elsewhere would write.
            assert all(each.startswith(domain) and each.endswith("search") for each in places)
        elif "es:ESHttpGet" in _texts(statement["Action"]):
            assert all(each.startswith(domain) for each in places)
        else:
            assert places == [f"arn:aws:aps:{place}:workspace/*"]
            assert statement["Condition"] == {
                "StringEquals": {"aws:ResourceTag/Name": f"fleet-erp-{stack}-metrics"}
            }


@pytest.mark.parametrize("stack", STACKS)
def test_grafana_starts_when_all_that_it_needs_is_there(estate: EstateRenderer, stack: str) -> None:
    """Login, data sources, role and certificates come before the release; all in its namespace."""
    graph = estate(stack)
    (release,) = (
        each
        for each in graph.of_type("kubernetes:helm.sh/v3:Release")
        if each.inputs["name"] == "kube-prometheus-stack"
    )
    before = {graph.by_urn[urn].name for urn in release.dependencies}
    assert before >= {
        *("grafana-admin", "grafana-data-sources", "grafana"),
        "observability-rds-certificates",
    }
    settings = estate_settings(stack)
    found = rendered(graph)["datasources"]
    (database,) = (source for source in found if source["uid"] == "erp-database")
    replica = settings.database.report_replica
    assert ("report" in database["url"]) is bool(replica)


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
