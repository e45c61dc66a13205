"""What is collected, how often, and how long it is kept, on the real stacks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
import yaml

from infra.observability.metrics import cloudwatch
from preview.graph import Resource
from tests.conftest import EstateRenderer
from tests.infra.identity.iam_lint import findings
from tests.infra.settings.stack_files import estate_settings

from .conftest import RELEASE, SERVING, WATCHED, ReleaseFinder, ValuesFinder, releases, watched

STACK: Final = "kube-prometheus-stack"
EXPORTERS: Final = {
    "prometheus-blackbox-exporter",
    "prometheus-postgres-exporter",
    "prometheus-redis-exporter",
    "prometheus-yet-another-cloudwatch-exporter",
}
WORKSPACE: Final = "aws:amp/workspace:Workspace"
CONFIGURATION: Final = "aws:amp/workspaceConfiguration:WorkspaceConfiguration"
EXTERNAL_SECRET: Final = "kubernetes:external-secrets.io/v1:ExternalSecret"
POD_MONITOR: Final = "kubernetes:monitoring.coreos.com/v1:PodMonitor"
SCRAPE_CONFIG: Final = "kubernetes:monitoring.coreos.com/v1alpha1:ScrapeConfig"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"


def gib(size: str) -> float:
    """Read a size of Prometheus or Kubernetes in GiB. Raises ValueError for any other unit."""
    return float(size.removesuffix("B").removesuffix("Gi"))


def spec_of(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what Prometheus itself is told."""
    return values["prometheus"]["prometheusSpec"]


@pytest.mark.requirement("OBS-01")
@pytest.mark.parametrize("stack", WATCHED)
def test_prometheus_collects_cluster_nodes_pods_and_stores(
    estate: EstateRenderer, values: ValuesFinder, stack: str
) -> None:
    serving = stack in SERVING
    expected = EXPORTERS - (set() if serving else {"prometheus-postgres-exporter"})
    assert releases(estate(stack)) >= {STACK} | expected
    told = values(stack, STACK)
    # Each of these is on by default; a value could switch it off.
    for part in ("kubelet", "kubeApiServer", "coreDns", "kubeStateMetrics", "nodeExporter", "prometheus"):
        assert told.get(part, {}).get("enabled", True) is True, part
    for part in ("kubelet", "kubeApiServer", "coreDns"):
        assert told.get(part, {}).get("serviceMonitor", {}).get("enabled", True) is True, part
    for name in expected:
        assert values(stack, name)["serviceMonitor"]["enabled"] is True, name
    brokers = {each.inputs["metadata"]["name"] for each in estate(stack).of_type(SCRAPE_CONFIG)}
    assert brokers == ({"rabbitmq", "rabbitmq-queues"} if serving else set())
    assert {job["type"] for job in jobs(values(stack, "prometheus-yet-another-cloudwatch-exporter"))} >= {
        "AWS/RDS",
        "AWS/AmazonMQ",
        "AWS/ElastiCache",
        "AWS/ApplicationELB",
        "AWS/NATGateway",
        "AWS/EFS",
        "AWS/ES",
    }


@pytest.mark.requirement("OBS-01")
@pytest.mark.parametrize("stack", WATCHED)
def test_monitors_and_rules_of_everyone_count(values: ValuesFinder, stack: str) -> None:
    spec = spec_of(values(stack, STACK))
    selectors = {key: value for key, value in spec.items() if key.endswith("SelectorNilUsesHelmValues")}
    # Else the operator takes only what carries the release's own label, and says nothing about the rest.
    assert selectors == {
        f"{kind}SelectorNilUsesHelmValues": False
        for kind in ("podMonitor", "probe", "rule", "scrapeConfig", "serviceMonitor")
    }
    assert not [key for key in spec if key.endswith("NamespaceSelector")]


@pytest.mark.requirement("OBS-08")
@pytest.mark.parametrize("stack", WATCHED)
def test_samples_are_taken_every_half_minute_and_kept_for_a_month(values: ValuesFinder, stack: str) -> None:
    spec = spec_of(values(stack, STACK))
    assert (spec["scrapeInterval"], spec["evaluationInterval"]) == ("30s", "30s")
    assert spec["retention"] == "30d"
    volume = spec["storageSpec"]["volumeClaimTemplate"]["spec"]
    assert volume["storageClassName"] == "gp3"
    size = gib(volume["resources"]["requests"]["storage"])
    assert size == watched(stack).metrics.volume_gib
    assert 0.7 * size < gib(spec["retentionSize"]) < 0.9 * size


@pytest.mark.requirement("OBS-08")
@pytest.mark.parametrize("stack", WATCHED)
def test_aggregates_alone_are_sent_away_and_kept_for_a_year(
    estate: EstateRenderer, values: ValuesFinder, stack: str
) -> None:
    graph, spec = estate(stack), spec_of(values(stack, STACK))
    (workspace,) = graph.of_type(WORKSPACE)
    (configuration,) = graph.of_type(CONFIGURATION)
    assert configuration.inputs["workspaceId"] == workspace.outputs["id"]
    assert configuration.inputs["retentionPeriodInDays"] == 395
    (remote,) = spec["remoteWrite"]
    region = estate_settings(stack).environment.region
    assert remote["url"] == f"{workspace.outputs['prometheusEndpoint'].rstrip('/')}/api/v1/remote_write"
    assert remote["url"].startswith("https://")
    assert remote["sigv4"] == {"region": region}
    assert remote["writeRelabelConfigs"] == [
        {"action": "keep", "sourceLabels": ["__name__"], "regex": ".+:.+"}
    ]
    # A year has series of several environments: each says whose it is.
    assert spec["externalLabels"] == {
        "cluster": f"fleet-erp-{stack}",
        "environment": stack,
        "region": region,
    }


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize("stack", WATCHED)
def test_the_workspace_is_under_our_key(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    (workspace,) = graph.of_type(WORKSPACE)
    (key,) = [each for each in graph.of_type("aws:kms/key:Key") if each.name == "data"]
    assert workspace.inputs["kmsKeyArn"] == key.outputs["arn"]
    group = workspace.inputs["loggingConfiguration"]["logGroupArn"]
    assert group.endswith(f":log-group:/aws/vendedlogs/prometheus/fleet-erp-{stack}:*")
    assert workspace.protect is estate_settings(stack).environment.protect_stateful


@pytest.mark.requirement("OBS-08")
@pytest.mark.parametrize("stack", WATCHED)
def test_application_metrics_are_scraped_where_they_are_served(
    estate: EstateRenderer, values: ValuesFinder, stack: str
) -> None:
    (monitor,) = estate(stack).of_type(POD_MONITOR)
    spec = monitor.inputs["spec"]
    assert spec["namespaceSelector"] == {"matchNames": ["gps"]}
    wanted = spec["selector"]["matchLabels"]
    ports = {endpoint["port"] for endpoint in spec["podMetricsEndpoints"]}
    assert {endpoint["interval"] for endpoint in spec["podMetricsEndpoints"]} == {"30s"}
    deployments = [
        each
        for each in estate(stack).of_type("kubernetes:apps/v1:Deployment")
        if each.inputs["metadata"]["namespace"] == "gps"
    ]
    assert len(deployments) == 2
    for deployment in deployments:
        pod = deployment.inputs["spec"]["template"]
        assert wanted.items() <= pod["metadata"]["labels"].items()
        (container,) = pod["spec"]["containers"]
        assert {port["name"] for port in container["ports"]} & ports
        # The relabelling makes this the label `service`.
        assert pod["metadata"]["labels"]["app.kubernetes.io/component"] == deployment.name
    # Odoo's requests: counted in the proxy's log, scraped from the log shipper under their own labels.
    shipper = values(stack, "fluent-bit")["serviceMonitor"]
    (requests,) = shipper["additionalEndpoints"]
    assert shipper["enabled"] is requests["honorLabels"] is True
    assert (requests["port"], requests["interval"]) == ("requests", "30s")


@pytest.mark.parametrize("stack", SERVING)
def test_the_broker_is_asked_over_tls_as_a_user_who_may_only_look(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    (broker,) = graph.of_type("aws:mq/broker:Broker")
    host = broker.outputs["instances"][0]["endpoints"][0].removeprefix("amqps://").split(":")[0]
    configs = {each.inputs["metadata"]["name"]: each.inputs["spec"] for each in graph.of_type(SCRAPE_CONFIG)}
    for spec in configs.values():
        assert spec["scheme"] == "HTTPS"
        # Every address of the name is a target: a node tells of the queues that it leads.
        assert spec["dnsSDConfigs"] == [{"names": [host], "type": "A", "port": 16001}]
        assert spec["tlsConfig"] == {"serverName": host, "minVersion": "TLS12"}
        assert "insecureSkipVerify" not in spec["tlsConfig"]
        assert spec["basicAuth"] == {
            member: {"name": "rabbitmq-monitoring", "key": member} for member in ("username", "password")
        }
    assert configs["rabbitmq-queues"]["metricsPath"] == "/metrics/detailed"
    assert configs["rabbitmq-queues"]["params"] == {
        "family": ["queue_coarse_metrics", "queue_metrics"],
        "vhost": ["fleet"],
    }
    assert delivered(list(graph.of_type(EXTERNAL_SECRET)), "rabbitmq-monitoring") == {
        (f"fleet-erp/{stack}/broker-monitoring", "username"),
        (f"fleet-erp/{stack}/broker-monitoring", "password"),
    }


def delivered(secrets: list[Resource], name: str) -> set[tuple[str, str]]:
    """Give where the members of a Kubernetes Secret come from: secret and member there."""
    (found,) = [
        each
        for each in secrets
        if (each.inputs["metadata"]["name"], each.inputs["metadata"]["namespace"]) == (name, "observability")
    ]
    return {
        (entry["remoteRef"]["key"], entry["remoteRef"]["property"]) for entry in found.inputs["spec"]["data"]
    }


@pytest.mark.requirement("SEC-05")
@pytest.mark.parametrize("stack", SERVING)
def test_exporters_verify_whom_they_ask_and_hold_no_password(
    estate: EstateRenderer, values: ValuesFinder, stack: str
) -> None:
    postgres = values(stack, "prometheus-postgres-exporter")["config"]["datasource"]
    assert postgres["sslmode"] == "verify-full"
    assert postgres["extraParams"] == "sslrootcert=/etc/rds/rds.pem"
    assert (postgres["user"], postgres["database"]) == ("exporter", "postgres")
    assert "password" not in postgres
    redis = values(stack, "prometheus-redis-exporter")
    assert redis["redisAddress"].startswith("rediss://")
    assert redis["redisAddress"].endswith(":6379")
    assert redis["auth"]["enabled"] is True
    assert redis["auth"]["secret"] == {"name": "redis-exporter", "key": "password"}
    assert not redis["auth"].get("redisPassword")
    secrets = list(estate(stack).of_type(EXTERNAL_SECRET))
    assert delivered(secrets, postgres["passwordSecret"]["name"]) == {
        (f"fleet-erp/{stack}/database-exporter", "password")
    }
    assert delivered(secrets, "redis-exporter") == {(f"fleet-erp/{stack}/cache-app", "password")}


@pytest.mark.parametrize("stack", WATCHED)
def test_what_users_see_is_probed_as_they_see_it(values: ValuesFinder, stack: str) -> None:
    told = values(stack, "prometheus-blackbox-exporter")
    edge = estate_settings(stack).edge
    targets = {target["name"]: target for target in told["serviceMonitor"]["targets"]}
    assert targets["web"]["url"] == f"https://{edge.web_hostname}/web/health"
    assert targets["gps"]["url"] == f"https://{edge.gps_hostname}/health"
    assert ("odoo-inside" in targets) is (stack in SERVING)
    for name in ("web", "gps"):
        module = told["config"]["modules"][targets[name]["module"]]["http"]
        assert module["fail_if_not_ssl"] is True
        assert "insecure_skip_verify" not in module["tls_config"]
        assert module["valid_status_codes"] == [200]


def jobs(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the jobs of the CloudWatch exporter's file that find resources by their tags."""
    return yaml.safe_load(told["config"])["discovery"]["jobs"]


def untagged(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the jobs of services whose metrics are of no resource that could carry a tag."""
    return yaml.safe_load(told["config"])["customNamespace"]


@pytest.mark.parametrize("stack", WATCHED)
def test_cloudwatch_is_asked_for_this_environment_alone(values: ValuesFinder, stack: str) -> None:
    told = values(stack, "prometheus-yet-another-cloudwatch-exporter")
    region = estate_settings(stack).environment.region
    for job in jobs(told):
        assert job["searchTags"] == [
            {"key": "Application", "value": "^fleet-erp$"},
            {"key": "Environment", "value": f"^{stack}$"},
        ]
    for job in (*jobs(told), *untagged(told)):
        assert job["regions"] == [region]
        # One value for five minutes or more: reading more often would cost ten times as much.
        assert job["period"] >= told["extraArgs"]["scraping-interval"] == 300
        assert job["length"] >= 2 * job["period"]
        assert {name for metric in job["metrics"] for name in metric} == {"name", "statistics"}
    # Vaults carry tags, and yet CloudWatch's metrics of them name no resource; ours are of none.
    assert {job["namespace"]: job.get("dimensionNameRequirements") for job in untagged(told)} == {
        "AWS/Backup": None,
        "FleetErp/RestoreTests": ["Environment"],
        "FleetErp/Recovery": ["Environment"],
    }
    found = {job["type"] for job in jobs(told)} | {job["namespace"] for job in untagged(told)}
    assert found == set(cloudwatch.READINGS)


ALLOWED: Final = {
    "observability-prometheus": {"aps:RemoteWrite"},
    "observability-grafana": {
        "aps:GetLabels",
        "aps:GetMetricMetadata",
        "aps:GetSeries",
        "aps:QueryMetrics",
        "es:ESHttpGet",
        "es:ESHttpPost",
    },
    "observability-cloudwatch-exporter": {
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "tag:GetResources",
    },
}


ACCEPTED: Final = {
    # Metrics of AWS services lie in no dataset of ours.
    "observability-cloudwatch-exporter": {
        "ReadMetrics: cloudwatch:GetMetricData can name its dataset, but allows all",
        "ReadMetrics: cloudwatch:ListMetrics can name its dataset, but allows all",
    }
}


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("stack", WATCHED)
@pytest.mark.parametrize("name", ALLOWED)
def test_roles_allow_what_their_program_does_and_no_more(
    estate: EstateRenderer, stack: str, name: str
) -> None:
    (policy,) = [each for each in estate(stack).of_type(ROLE_POLICY) if each.name == name]
    document = json.loads(policy.inputs["policy"])
    actions: set[str] = set()
    for statement in document["Statement"]:
        listed = statement["Action"]
        actions |= {listed} if isinstance(listed, str) else set(listed)
        if statement["Sid"] in {"SendAggregates", "AskForAggregates"}:
            assert statement["Condition"] == {
                "StringEquals": {"aws:ResourceTag/Name": f"fleet-erp-{stack}-metrics"}
            }
            account = estate_settings(stack).environment.account_id
            assert statement["Resource"].endswith(f":{account}:workspace/*")
    assert actions == ALLOWED[name]
    (workspace,) = estate(stack).of_type(WORKSPACE)
    assert workspace.inputs["tags"]["Name"] == f"fleet-erp-{stack}-metrics"
    assert set(findings(policy.inputs["policy"])) == ACCEPTED.get(name, set())


@pytest.mark.parametrize("stack", WATCHED)
def test_what_eks_hides_is_not_asked_for_and_the_charts_own_rules_stay_out(
    values: ValuesFinder, stack: str
) -> None:
    told = values(stack, STACK)
    for part in ("kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler"):
        assert told[part] == {"enabled": False}
    assert told["defaultRules"] == {"create": False}
    assert told["crds"] == {"enabled": False}
    assert not {"secrets", "configmaps"} & set(told["kube-state-metrics"]["collectors"])


@pytest.mark.parametrize("stack", WATCHED)
def test_everything_comes_after_the_platform_and_before_what_it_reads(
    estate: EstateRenderer, release: ReleaseFinder, stack: str
) -> None:
    graph = estate(stack)
    definitions = release(stack, "prometheus-operator-crds")
    store = next(
        each
        for each in graph.of_type("kubernetes:external-secrets.io/v1:SecretStore")
        if each.inputs["metadata"]["namespace"] == "observability"
    )
    monitoring = release(stack, STACK)
    for each in (monitoring, *(release(stack, name) for name in EXPORTERS & releases(graph))):
        assert {definitions.urn, store.urn} <= set(each.dependencies), each.name
        assert each.inputs["namespace"] == "observability"
        assert each.inputs["atomic"] is True
    rules = list(graph.of_type("kubernetes:monitoring.coreos.com/v1:PrometheusRule"))
    assert rules
    for rule in (*rules, *graph.of_type(POD_MONITOR), *graph.of_type(SCRAPE_CONFIG)):
        assert monitoring.urn in rule.dependencies, rule.name


@pytest.mark.parametrize("stack", WATCHED)
def test_what_the_scanner_finds_becomes_metrics(values: ValuesFinder, stack: str) -> None:
    told = values(stack, "trivy-operator")
    assert told["serviceMonitor"] == {"enabled": True, "interval": "30s", "honorLabels": True}
    assert told["operator"]["metricsFindingsEnabled"] is True
    assert told["operator"]["vulnerabilityScannerEnabled"] is True


def test_testing_has_none_of_it(estate: EstateRenderer) -> None:
    graph = estate("testing")
    assert releases(graph).isdisjoint({STACK, "fluent-bit", "prometheus-operator-crds"} | EXPORTERS)
    assert list(graph.of_type(WORKSPACE)) == []
    assert not [each for each in graph.resources if "monitoring.coreos.com" in each.type]
    assert not [
        each
        for each in graph.of_type("kubernetes:core/v1:Namespace")
        if each.inputs["metadata"]["name"] == "node-agents"
    ]


@pytest.mark.parametrize("stack", WATCHED)
def test_the_same_things_exist_in_a_first_preview(estate: EstateRenderer, stack: str) -> None:
    def monitoring(*, unknowns: bool) -> set[str]:
        return {each.urn for each in estate(stack, unknowns=unknowns).resources if "Monitoring$" in each.urn}

    assert len(monitoring(unknowns=False)) > 40
    assert monitoring(unknowns=True) == monitoring(unknowns=False)
    assert RELEASE in {each.type for each in estate(stack, unknowns=True).resources}
