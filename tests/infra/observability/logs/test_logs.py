"""Logs of the real stacks: shipped by Fluent Bit, kept in OpenSearch for as long as the strategy says."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra.cluster_platform.labels import ALLOWED, REACHES_AWS
from infra.data.search_domain import SETUP_ROLE
from infra.naming import Kind, Naming
from infra.observability.logs import lua
from infra.observability.logs.fields import FIELDS
from infra.workloads.gps.configuration import SAMPLING_ANNOTATION
from preview.graph import Resource, ResourceGraph, plain
from tests.conftest import EstateRenderer
from tests.infra.identity.iam_lint import findings
from tests.infra.protection.backup.access import listed
from tests.infra.settings.stack_files import estate_settings
from tests.schemas.validation import problems

from .configuration import Section, sections

WATCHED = ("prod", "staging", "dr")
RETENTION_DAYS = {"prod": 90, "staging": 30, "dr": 90}
RELEASE = "kubernetes:helm.sh/v3:Release"
NAMESPACE = "kubernetes:core/v1:Namespace"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount"
JOB = "kubernetes:batch/v1:Job"
CRON_JOB = "kubernetes:batch/v1:CronJob"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
EXTERNAL_SECRET = "kubernetes:external-secrets.io/v1:ExternalSecret"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
DOMAIN = "aws:opensearch/domain:Domain"


def names(stack: str) -> Naming:
    """Give the names of a stack."""
    settings = estate_settings(stack)
    return Naming.of(settings.environment, settings.schedule)


def retention_days(stack: str) -> int:
    """Give how long the stack file says that logs are kept."""
    observability = estate_settings(stack).observability
    assert observability is not None
    return observability.logs.retention_days


def one(graph: ResourceGraph, token: str, name: str) -> Resource:
    """Give the one resource of a type and logical name."""
    (found,) = (each for each in graph.of_type(token) if each.name == name)
    return found


def chart_values(graph: ResourceGraph) -> dict[str, Any]:
    """Give the values of Fluent Bit's release."""
    return plain(one(graph, RELEASE, "fluent-bit").inputs["values"])


def files(graph: ResourceGraph) -> dict[str, str]:
    """Give the files of both jobs."""
    return plain(one(graph, CONFIG_MAP, "search-setup").inputs["data"])


def plan(graph: ResourceGraph) -> dict[str, Any]:
    """Give what the setup job applies."""
    return json.loads(files(graph)["plan.json"])


def deletes_after(graph: ResourceGraph) -> str:
    """Give the age at which the policy deletes an index."""
    policy = plan(graph)["policy"]["body"]["policy"]
    kept, deleted = policy["states"]
    assert policy["default_state"] == kept["name"]
    assert kept["actions"] == []
    assert deleted == {"name": "deleted", "actions": [{"delete": {}}], "transitions": []}
    (transition,) = kept["transitions"]
    assert transition["state_name"] == deleted["name"]
    assert set(transition["conditions"]) == {"min_index_age"}
    return transition["conditions"]["min_index_age"]


def output(graph: ResourceGraph) -> Section:
    """Give the output that writes to OpenSearch."""
    text = chart_values(graph)["config"]["outputs"]
    return next(each for each in sections(text) if each.get("Name") == "opensearch")


def log_levels(graph: ResourceGraph) -> dict[str, set[str]]:
    """Give the level that each application is told to log at."""
    gps = {
        entry["value"]
        for each in graph.of_type(DEPLOYMENT)
        if each.inputs["metadata"]["namespace"] == "gps"
        for container in each.inputs["spec"]["template"]["spec"]["containers"]
        for entry in container["env"]
        if entry["name"] == "LOG_LEVEL"
    }
    configurations = [
        text
        for each in graph.of_type(EXTERNAL_SECRET)
        for text in plain(each.inputs["spec"]["target"]).get("template", {}).get("data", {}).values()
        if text.startswith("[options]")
    ]
    assert configurations
    assert not any(re.search(r"^(logfile|syslog|log_db)\s*=", text, re.MULTILINE) for text in configurations)
    odoo = {re.findall(r"^log_level = (\w+)$", text, re.MULTILINE)[0] for text in configurations}
    return {"gps": gps, "odoo": odoo}


def asked_shares(graph: ResourceGraph) -> set[str]:
    """Give the shares that the pods of the GPS service ask for."""
    return {
        each.inputs["spec"]["template"]["metadata"]["annotations"][SAMPLING_ANNOTATION]
        for each in graph.of_type(DEPLOYMENT)
        if each.inputs["metadata"]["namespace"] == "gps"
    }


@pytest.mark.requirement("OBS-11")
def test_production_logs_at_info_keeps_ninety_days_and_a_tenth_of_successes(estate: EstateRenderer) -> None:
    graph = estate("prod")
    assert log_levels(graph) == {"gps": {"INFO"}, "odoo": {"info"}}
    assert deletes_after(graph) == "90d"
    assert retention_days("prod") == 90
    assert asked_shares(graph) == {"10"}
    script = chart_values(graph)["luaScripts"][lua.FILE_NAME]
    # What that script does is seen in test_sampling.py, where it draws twenty thousand lots.
    assert script == lua.script(success_sampling_percent=10)


@pytest.mark.requirement("OBS-12")
def test_staging_logs_at_debug_keeps_thirty_days_and_everything(estate: EstateRenderer) -> None:
    graph = estate("staging")
    assert log_levels(graph) == {"gps": {"DEBUG"}, "odoo": {"debug"}}
    assert deletes_after(graph) == "30d"
    assert retention_days("staging") == 30
    assert asked_shares(graph) == {"100"}
    assert chart_values(graph)["luaScripts"][lua.FILE_NAME] == lua.script(success_sampling_percent=100)


@pytest.mark.requirement("OBS-02", "OBS-11", "OBS-12")
@pytest.mark.parametrize("stack", WATCHED)
def test_what_is_written_is_what_is_set_up_and_deleted(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    prefix = output(graph).get("Logstash_Prefix")
    wanted = plan(graph)
    assert prefix == f"fleet-erp-{stack}"
    assert wanted["pattern"] == f"{prefix}-*"
    assert wanted["retention_days"] == RETENTION_DAYS[stack]
    assert wanted["policy"]["name"] == f"retain-{RETENTION_DAYS[stack]}d"
    (template,) = wanted["policy"]["body"]["policy"]["ism_template"]
    assert template["index_patterns"] == [wanted["pattern"]]
    assert wanted["template"]["body"]["index_patterns"] == [wanted["pattern"]]
    fields = wanted["template"]["body"]["template"]["mappings"]["properties"]
    assert set(FIELDS) < set(fields)


@pytest.mark.requirement("OBS-02")
@pytest.mark.parametrize("stack", WATCHED)
def test_fluent_bit_writes_to_the_domain_of_its_environment(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    release, naming = one(graph, RELEASE, "fluent-bit"), names(stack)
    (domain,) = graph.of_type(DOMAIN)
    values = chart_values(graph)
    assert release.inputs["namespace"] == "node-agents"
    assert release.inputs["version"] == "0.58.1"
    assert values["env"] == [{"name": "SEARCH_HOST", "value": domain.outputs["endpoint"]}]
    assert output(graph).get("AWS_Region") == naming.region
    account = values["serviceAccount"]
    role = naming.service_account_role("node-agents", account["name"])
    assert account["annotations"] == {"eks.amazonaws.com/role-arn": naming.role_arn(role)}
    assert plan(graph)["mappings"]["fleet-log-writer"]["backend_roles"] == [naming.role_arn(role)]
    domain_arn = naming.arn("es", f"domain/{domain.inputs['domainName']}")
    assert statements(graph, "fluent-bit") == [
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": "es:ESHttpPost",
            "Resource": f"{domain_arn}/_bulk",
        }
    ]


def statements(graph: ResourceGraph, name: str) -> list[dict[str, Any]]:
    """Give the statements of a role's policy."""
    return json.loads(one(graph, ROLE_POLICY, name).inputs["policy"])["Statement"]


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("stack", WATCHED)
def test_only_the_setup_job_becomes_master_of_the_domain(estate: EstateRenderer, stack: str) -> None:
    graph, naming = estate(stack), names(stack)
    master = naming.role_arn(naming.name(Kind.ROLE, "search-master"))
    setup = naming.name(Kind.ROLE, SETUP_ROLE)
    assert one(graph, ROLE, "search-setup").inputs["name"] == setup
    trust = json.loads(one(graph, ROLE, "search-master").inputs["assumeRolePolicy"])["Statement"]
    assert [each["Condition"]["ArnEquals"]["aws:PrincipalArn"] for each in trust] == [naming.role_arn(setup)]
    allowed = {
        each.name
        for each in graph.of_type(ROLE_POLICY)
        for statement in json.loads(each.inputs["policy"])["Statement"]
        if "sts:AssumeRole" in statement["Action"]
        and any(fnmatchcase(master, named) for named in listed(statement["Resource"]))
    }
    assert allowed == {"search-setup"}
    assert statements(graph, "search-setup") == [
        {
            "Sid": "BecomeMasterOfTheDomain",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": master,
        }
    ]
    pod = one(graph, JOB, "search-setup").inputs["spec"]["template"]["spec"]
    command = pod["containers"][0]["command"]
    assert command[:3] == ["python3", "/jobs/search_setup.py", "apply"]
    assert command[-2:] == ["--role", master]
    account = one(graph, SERVICE_ACCOUNT, "search-setup")
    assert pod["serviceAccountName"] == account.inputs["metadata"]["name"] == "search-setup"
    assert account.inputs["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": naming.role_arn(setup)}
    subject = json.loads(one(graph, ROLE, "search-setup").inputs["assumeRolePolicy"])["Statement"][0]
    assert "system:serviceaccount:observability:search-setup" in json.dumps(subject["Condition"])


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("stack", WATCHED)
def test_roles_inside_the_domain_do_what_their_names_say(estate: EstateRenderer, stack: str) -> None:
    wanted, naming = plan(estate(stack)), names(stack)
    everything = {"*", "indices_all", "unlimited", "all_access", "cluster_all", "delete", "manage"}
    for name, role in wanted["roles"].items():
        (indices,) = role["index_permissions"]
        assert indices["index_patterns"] == [wanted["pattern"]]
        assert everything.isdisjoint({*role["cluster_permissions"], *indices["allowed_actions"]}), name
    actions = {
        name: role["index_permissions"][0]["allowed_actions"] for name, role in wanted["roles"].items()
    }
    assert not any("read" in action for action in actions["fleet-log-writer"])
    assert not any("write" in action or "create" in action for action in actions["fleet-log-reader"])
    assert not any("data" in action or action == "read" for action in actions["fleet-log-inspector"])
    assert wanted["mappings"]["fleet-log-reader"]["backend_roles"] == [
        naming.role_arn(naming.service_account_role("observability", "grafana"))
    ]
    assert set(wanted["mappings"]) == set(wanted["roles"])


@pytest.mark.parametrize("stack", WATCHED)
def test_somebody_looks_every_day_whether_logs_are_kept_as_planned(
    estate: EstateRenderer, stack: str
) -> None:
    graph, naming = estate(stack), names(stack)
    job = one(graph, CRON_JOB, "search-retention-check")
    assert job.inputs["metadata"]["name"] == "search-retention-check"
    spec = job.inputs["spec"]
    assert re.fullmatch(r"\d+ \d+ \* \* \*", spec["schedule"])
    assert not spec.get("suspend", False)
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["command"][:3] == ["python3", "/jobs/search_setup.py", "check"]
    assert "--role" not in pod["containers"][0]["command"]
    inspector = naming.role_arn(naming.service_account_role("observability", "search-retention-check"))
    assert plan(graph)["mappings"]["fleet-log-inspector"]["backend_roles"] == [inspector]
    assert {statement["Action"] for statement in statements(graph, "search-retention-check")} == {
        "es:ESHttpGet"
    }


@pytest.mark.parametrize("stack", WATCHED)
def test_both_jobs_run_the_same_script_and_reach_aws(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    config_map = one(graph, CONFIG_MAP, "search-setup").inputs
    assert config_map["immutable"] is True
    setup = one(graph, JOB, "search-setup").inputs["spec"]["template"]
    check = one(graph, CRON_JOB, "search-retention-check").inputs["spec"]["jobTemplate"]["spec"]["template"]
    for template in (setup, check):
        mounted = [each["configMap"]["name"] for each in template["spec"]["volumes"] if "configMap" in each]
        assert mounted == [config_map["metadata"]["name"]]
        assert template["metadata"]["labels"][REACHES_AWS] == ALLOWED
        assert template["spec"]["automountServiceAccountToken"] is False
        assert template["spec"]["securityContext"]["runAsNonRoot"] is True


def test_another_retention_is_another_job(estate: EstateRenderer) -> None:
    runs = {
        stack: one(estate(stack), JOB, "search-setup").inputs["metadata"]["name"]
        for stack in ("prod", "staging")
    }
    assert all(re.fullmatch(r"search-setup-[0-9a-f]{8}", name) for name in runs.values())
    assert len(set(runs.values())) == 2


@pytest.mark.parametrize("stack", WATCHED)
def test_the_first_line_finds_everything_in_its_place(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    job, release = one(graph, JOB, "search-setup"), one(graph, RELEASE, "fluent-bit")
    (domain,) = graph.of_type(DOMAIN)
    guards = [
        each.urn
        for each in graph.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
        if each.inputs["metadata"]["namespace"] in {"node-agents", "observability"}
    ]
    assert guards
    assert {domain.urn, *guards} <= set(job.dependencies)
    assert {job.urn, *guards} <= set(release.dependencies)


@pytest.mark.requirement("OBS-02")
@pytest.mark.parametrize(("stack", "copies"), [("prod", "1"), ("dr", "1"), ("staging", "0")])
def test_a_day_has_a_copy_where_there_is_a_second_node(
    estate: EstateRenderer, stack: str, copies: str
) -> None:
    settings = plan(estate(stack))["template"]["body"]["template"]["settings"]["index"]
    assert settings["number_of_replicas"] == copies
    search = estate_settings(stack).search
    assert search is not None
    nodes = search.instance_count
    shards = (
        RETENTION_DAYS[stack] * int(settings["number_of_shards"]) * (1 + int(settings["number_of_replicas"]))
    )
    # OpenSearch advises 25 for each GiB of heap; the smallest node here has 2.
    assert shards / nodes <= 100


@pytest.mark.parametrize("stack", WATCHED)
def test_agents_live_where_the_node_may_be_read(estate: EstateRenderer, stack: str) -> None:
    labels = one(estate(stack), NAMESPACE, "node-agents").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"
    for each in estate(stack).of_type(NAMESPACE):
        if each.name != "node-agents":
            assert each.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("stack", WATCHED)
def test_documents_and_objects_are_accepted(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    version = estate_settings(stack).versions.kubernetes
    of_logs = [each for each in graph.resources if "fleet:observability:Logs" in each.urn]
    for each in of_logs:
        if each.type == ROLE_POLICY:
            assert findings(each.inputs["policy"]) == []
        if each.type in {JOB, CRON_JOB, CONFIG_MAP, SERVICE_ACCOUNT}:
            assert problems(each, version=version) == []
    assert sum(each.type == ROLE_POLICY for each in of_logs) == 3


def test_testing_ships_nothing(estate: EstateRenderer) -> None:
    graph = estate("testing")
    assert not any(each.name == "fluent-bit" for each in graph.of_type(RELEASE))
    assert not any("fleet:observability:Logs" in each.urn for each in graph.resources)


@pytest.mark.parametrize("stack", WATCHED)
def test_the_same_things_exist_in_a_first_preview(estate: EstateRenderer, stack: str) -> None:
    def of_logs(*, unknowns: bool) -> set[str]:
        graph = estate(stack, unknowns=unknowns)
        return {each.urn for each in graph.resources if "fleet:observability:Logs" in each.urn}

    assert of_logs(unknowns=False) == of_logs(unknowns=True) != set()
    first = chart_values(estate(stack, unknowns=True))
    known = chart_values(estate(stack))
    for part in ("config", "luaScripts"):
        assert first[part] == known[part]
