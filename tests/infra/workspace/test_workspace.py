"""A workspace as a whole: where it lives, what it may take, what it runs and what it knows."""

from __future__ import annotations

import base64
import json
import re

import pytest
import yaml

from infra.naming import Naming
from infra.settings.workspace_rules import store_series
from infra.workspace.placement import NODE_GROUP, TAINT_KEY, TAINT_VALUE
from preview.graph import ResourceGraph, is_secret, plain
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import areas_of, estate_settings, parse_areas
from tests.schemas.validation import is_object, problems

from .reading import (
    EXTERNAL_SECRET,
    NAMESPACE,
    ROLE,
    STATEFUL_SET,
    TEMPLATES,
    containers,
    objects,
    only,
    requested,
    workloads,
)


@pytest.fixture(scope="module")
def graph(estate: EstateRenderer) -> ResourceGraph:
    return estate("dev")


@pytest.mark.requirement("ENV-01", "ISO-03")
def test_it_lies_in_testings_cluster_and_owns_nothing_of_aws(graph: ResourceGraph) -> None:
    assert not [resource for resource in graph.resources if resource.type.startswith("aws:")]
    (provider,) = graph.of_type("pulumi:providers:kubernetes")
    config = json.loads(plain(provider.inputs["kubeconfig"]))
    settings = areas_of("dev")["workspace"]["cluster"]
    (cluster,) = config["clusters"]
    assert cluster["cluster"] == {
        "server": settings["endpoint"],
        "certificate-authority-data": settings["certificate_authority"],
    }
    testing = estate_settings("testing")
    host = Naming.of(testing.environment, testing.schedule).cluster
    (user,) = config["users"]
    assert set(user["user"]) == {"exec"}, "a token of the deployer's own, no stored credential"
    arguments = user["user"]["exec"]["args"]
    assert arguments[arguments.index("--cluster-name") + 1] == host == graph.exports["cluster_name"]
    assert arguments[arguments.index("--region") + 1] == testing.environment.region
    assert config["current-context"] == config["contexts"][0]["name"]
    assert testing.environment.account_id == areas_of("dev")["environment"]["account_id"]


def test_the_authority_of_the_stack_file_is_a_certificate() -> None:
    authority = areas_of("dev")["workspace"]["cluster"]["certificate_authority"]
    assert base64.b64decode(authority, validate=True).startswith(b"-----BEGIN CERTIFICATE-----\n")


@pytest.mark.requirement("ENV-01")
def test_it_says_whose_it_is_and_when_it_ends(graph: ResourceGraph) -> None:
    labels = only(graph, "kubernetes:core/v1:Namespace", NAMESPACE)["metadata"]["labels"]
    assert labels["fleet-erp/owner"] == "shared"
    assert labels["fleet-erp/expires"] == areas_of("dev")["workspace"]["expires_on"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.requirement("ENV-01")
def test_everything_is_in_the_namespace_of_the_developer(graph: ResourceGraph) -> None:
    places = {
        resource.inputs["metadata"].get("namespace")
        for resource in objects(graph)
        if resource.type != "kubernetes:core/v1:Namespace"
    }
    assert places == {NAMESPACE}


@pytest.mark.requirement("ENV-01")
def test_two_developers_share_no_name(graph: ResourceGraph) -> None:
    """Nothing that a workspace makes is named for the whole cluster, but its namespace."""
    across = {resource.type.rpartition(":")[2] for resource in objects(graph)} & {
        "ClusterRole",
        "ClusterRoleBinding",
        "PersistentVolume",
        "PriorityClass",
        "StorageClass",
        "ClusterSecretStore",
    }
    assert across == set()


@pytest.mark.requirement("ENV-01")
def test_the_quota_is_that_of_the_stack_file_and_holds_every_pod(graph: ResourceGraph) -> None:
    hard = only(graph, "kubernetes:core/v1:ResourceQuota", f"{NAMESPACE}-quota")["spec"]["hard"]
    assert hard["requests.cpu"] == "2000m"
    assert hard["requests.memory"] == "6144Mi"
    assert hard["services.loadbalancers"] == hard["services.nodeports"] == "0"
    pods = workloads(graph)
    for resource, key in (("cpu", "requests.cpu"), ("memory", "requests.memory")):
        total = sum(
            requested(container["resources"]["requests"][resource])
            for template in pods.values()
            for container in containers(template)
        )
        assert total <= requested(hard[key]), "with every job at the same time"
    # Odoo's jobs run one after the other.
    at_once = [template for name, template in pods.items() if name not in {"odoo-init", "odoo-upgrade"}]
    limits = sum(
        requested(container["resources"]["limits"]["memory"])
        for template in at_once
        for container in containers(template)
    )
    assert limits <= requested(hard["limits.memory"])
    assert len(at_once) <= int(hard["pods"])


@pytest.mark.requirement("ENV-01")
def test_volumes_fit_the_quota(graph: ResourceGraph) -> None:
    hard = only(graph, "kubernetes:core/v1:ResourceQuota", f"{NAMESPACE}-quota")["spec"]["hard"]
    claims = [
        template["spec"]
        for resource in graph.of_type(STATEFUL_SET)
        for template in resource.inputs["spec"].get("volumeClaimTemplates", ())
    ] + [resource.inputs["spec"] for resource in graph.of_type("kubernetes:core/v1:PersistentVolumeClaim")]
    assert {claim["storageClassName"] for claim in claims} == {"gp3"}
    sizes = [int(claim["resources"]["requests"]["storage"].removesuffix("Gi")) for claim in claims]
    assert f"{sum(sizes)}Gi" == hard["gp3.storageclass.storage.k8s.io/requests.storage"]
    assert str(len(claims)) == hard["persistentvolumeclaims"]


@pytest.mark.requirement("ENV-01")
def test_the_data_of_the_stores_goes_with_the_workspace(graph: ResourceGraph) -> None:
    policies = {
        resource.name: resource.inputs["spec"]["persistentVolumeClaimRetentionPolicy"]
        for resource in graph.of_type(STATEFUL_SET)
    }
    goes = {"whenDeleted": "Delete", "whenScaled": "Retain"}
    assert policies == {"postgres": goes, "rabbitmq": goes, "redis": goes}
    assert not [resource.name for resource in graph.resources if resource.protect]


@pytest.mark.requirement("ISO-03", "COMP-03")
def test_every_pod_runs_on_the_nodes_for_workspaces(graph: ResourceGraph) -> None:
    """Testing's own node stays testing's: the two tolerate each other's pods nowhere."""
    (group,) = (group for group in estate_settings("testing").cluster.node_groups if group.name == NODE_GROUP)
    (taint,) = group.taints
    assert (taint.key, taint.value, taint.effect) == (TAINT_KEY, TAINT_VALUE, "NO_SCHEDULE")
    for name, template in workloads(graph).items():
        spec = template["spec"]
        assert spec["nodeSelector"] == {"node-group": group.name}, name
        assert spec["tolerations"] == [
            {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": "NoSchedule"}
        ], name


def test_pods_that_share_a_volume_share_a_node(graph: ResourceGraph) -> None:
    sharing = {
        name
        for name, template in workloads(graph).items()
        for volume in template["spec"]["volumes"]
        if volume.get("persistentVolumeClaim", {}).get("claimName") == "odoo-data"
    }
    together = {name for name, template in workloads(graph).items() if "affinity" in template["spec"]}
    assert sharing == together == {name for name in workloads(graph) if name.startswith("odoo-")}


@pytest.mark.requirement("ENV-01")
def test_it_runs_what_the_environments_run(graph: ResourceGraph, estate: EstateRenderer) -> None:
    """The same Deployments as testing, from the same components, and stores where AWS has its own."""
    mine = {resource.name for resource in graph.of_type("kubernetes:apps/v1:Deployment")}
    testing = {resource.name for resource in estate("testing").of_type("kubernetes:apps/v1:Deployment")}
    assert mine == testing == {"odoo-web", "odoo-cron", "gps-api", "gps-consumer", "mail-catcher"}
    assert {resource.name for resource in graph.of_type(STATEFUL_SET)} == {"postgres", "rabbitmq", "redis"}


@pytest.mark.requirement("ENV-01")
def test_the_stores_are_the_versions_of_the_estate(graph: ResourceGraph) -> None:
    versions = estate_settings("testing").versions
    for name, series in store_series(versions).items():
        (container,) = workloads(graph)[name]["spec"]["containers"]
        tag = container["image"].rpartition(":")[0].partition("@")[0].rpartition(":")[2]
        assert tag == series or tag.startswith((f"{series}.", f"{series}-")), container["image"]


def test_images_come_by_digest_from_the_registry_that_testing_fills(graph: ResourceGraph) -> None:
    testing = estate_settings("testing")
    names = "|".join(testing.registry.repositories)
    ours = re.compile(
        rf"{testing.environment.account_id}\.dkr\.ecr\.ap-south-1\.amazonaws\.com/fleet-erp/({names})"
        r":[\w.-]+@sha256:[0-9a-f]{64}"
    )
    images = {
        container["image"] for template in workloads(graph).values() for container in containers(template)
    }
    assert [image for image in images if not ours.fullmatch(image)] == []


@pytest.mark.requirement("ENV-01", "SEC-02")
def test_passwords_are_made_in_the_namespace_and_known_nowhere_else(graph: ResourceGraph) -> None:
    """No Secret and no password is declared, so none is in the state; each generated one is made once."""
    types = {resource.type for resource in graph.resources}
    assert not [token for token in types if token.startswith(("random:", "tls:"))]
    assert "kubernetes:core/v1:Secret" not in types
    assert not [
        resource.name for resource in graph.resources if any(map(is_secret, resource.inputs.values()))
    ]
    generated, read = {}, set()
    for resource in graph.of_type(EXTERNAL_SECRET):
        spec = resource.inputs["spec"]
        if "dataFrom" in spec:
            generated[spec["target"]["name"]] = spec
        read |= {entry["remoteRef"]["key"] for entry in spec.get("data", ())}
    assert {spec["refreshPolicy"] for spec in generated.values()} == {"CreatedOnce"}
    assert read <= set(generated), "nothing is read that is not generated here"
    for resource in graph.of_type(EXTERNAL_SECRET):
        for entry in resource.inputs["spec"].get("data", ()):
            template = generated[entry["remoteRef"]["key"]]["target"]["template"]
            members = template.get("data", {"ca.crt": "", "tls.crt": "", "tls.key": ""})
            assert entry["remoteRef"].get("property", next(iter(members))) in members, resource.name


@pytest.mark.requirement("ISO-03", "SEC-03")
def test_the_operator_reads_the_generated_secrets_of_this_namespace_alone(graph: ResourceGraph) -> None:
    store = only(graph, "kubernetes:external-secrets.io/v1:SecretStore", "secret-store")
    assert store["spec"]["provider"]["kubernetes"]["remoteNamespace"] == NAMESPACE
    (rule,) = only(graph, ROLE, "secret-store-read")["rules"]
    assert (rule["resources"], rule["verbs"]) == (["secrets"], ["get"])
    generated = {
        resource.inputs["spec"]["target"]["name"]
        for resource in graph.of_type(EXTERNAL_SECRET)
        if "dataFrom" in resource.inputs["spec"]
    }
    assert set(rule["resourceNames"]) == generated
    (token,) = only(graph, ROLE, "secret-store-token")["rules"]
    assert (token["resources"], token["resourceNames"]) == (["serviceaccounts/token"], ["secret-reader"])


@pytest.mark.requirement("ENV-01")
def test_developers_look_restart_and_forward_but_change_nothing(graph: ResourceGraph) -> None:
    rules = only(graph, ROLE, "developer")["rules"]
    writes = {
        (resource, verb)
        for rule in rules
        for resource in rule["resources"]
        for verb in rule["verbs"]
        if verb not in {"get", "list", "watch"}
    }
    assert writes == {
        ("pods", "delete"),
        ("pods/portforward", "create"),
        *(
            (kind, verb)
            for kind in ("deployments/scale", "statefulsets/scale")
            for verb in ("update", "patch")
        ),
    }
    named = {resource for rule in rules for resource in rule["resources"]}
    assert not named & {"secrets", "pods/exec", "serviceaccounts/token"}
    binding = only(graph, "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "developer")
    assert [subject["name"] for subject in binding["subjects"]] == ["fleet-erp:developers"]


@pytest.mark.requirement("SEC-05")
def test_stores_speak_tls_alone_and_clients_check_the_name(graph: ResourceGraph) -> None:
    (literal,) = only(graph, EXTERNAL_SECRET, "stores-tls")["spec"]["target"]["template"]["templateFrom"]
    services = {f"{store}.{NAMESPACE}.svc" for store in ("postgres", "rabbitmq", "redis")}
    assert services <= set(re.findall(r'"([^"]+)"', literal["literal"]))
    assert "genCA" in literal["literal"]
    assert not re.search(r"\$ca\.Key", literal["literal"]), "nobody can sign another one"
    rabbit = only(graph, EXTERNAL_SECRET, "broker-admin")["spec"]["target"]["template"]["data"]
    assert "listeners.tcp = none\n" in rabbit["10-workspace.conf"]
    cache = only(graph, EXTERNAL_SECRET, "cache-app")["spec"]["target"]["template"]["data"]
    assert "port 0\ntls-port 6379\n" in cache["redis.conf"]
    assert "user default off\n" in cache["redis.conf"]
    access = only(graph, "kubernetes:core/v1:ConfigMap", "postgres-access")["data"]["pg_hba.conf"]
    kinds = {line.split()[0] for line in access.splitlines() if not line.startswith("#")}
    assert kinds == {"local", "hostssl"}
    web = workloads(graph)["odoo-web"]["spec"]
    (odoo,) = (container for container in web["containers"] if container["name"] == "odoo")
    variables = {entry["name"]: entry["value"] for entry in odoo["env"]}
    assert variables["PGSSLMODE"] == "verify-full"
    assert variables["PGHOST"] in services
    (roots,) = (volume for volume in web["volumes"] if volume["name"] == "rds-certificates")
    assert roots["secret"]["secretName"] == "stores-authority"


def test_only_stores_see_the_servers_key(graph: ResourceGraph) -> None:
    seeing = {
        name
        for name, template in workloads(graph).items()
        for volume in template["spec"]["volumes"]
        if volume.get("secret", {}).get("secretName") == "stores-tls"
    }
    assert seeing == {"postgres", "rabbitmq", "redis"}
    spec = only(graph, EXTERNAL_SECRET, "stores-authority")["spec"]
    assert [entry["remoteRef"]["property"] for entry in spec["data"]] == ["ca.crt"]
    assert list(spec["target"]["template"]["data"]) == ["ca.crt"]


def test_the_api_accepts_every_object(graph: ResourceGraph) -> None:
    found = [resource for resource in graph.resources if is_object(resource)]
    assert len(found) > 80
    assert [line for resource in found for line in problems(resource, version="1.35")] == []


def test_a_first_preview_shows_all_of_it(graph: ResourceGraph, estate: EstateRenderer) -> None:
    first = estate("dev", unknowns=True)
    assert {resource.urn for resource in first.resources} == {resource.urn for resource in graph.resources}


@pytest.mark.requirement("ENV-01")
def test_pods_come_after_the_guards_of_their_namespace(graph: ResourceGraph) -> None:
    """A pod that is there before its policies would be open until they come."""
    guards = {
        resource.urn
        for resource in graph.of_type(
            "kubernetes:networking.k8s.io/v1:NetworkPolicy",
            "kubernetes:core/v1:LimitRange",
            "kubernetes:core/v1:ResourceQuota",
        )
    }
    by_urn = graph.by_urn

    def behind(urn: str, seen: set[str]) -> set[str]:
        for other in by_urn[urn].dependencies:
            if other not in seen:
                seen.add(other)
                behind(other, seen)
        return seen

    for resource in graph.of_type(*TEMPLATES):
        assert guards <= behind(resource.urn, set()), resource.name


@pytest.mark.requirement("ENV-01")
def test_a_developers_own_stack_is_a_copy_with_another_name() -> None:
    areas = areas_of("dev")
    areas["workspace"]["developer"] = "asha"
    assert parse_areas(areas, "dev-asha")
    text = yaml.safe_dump({f"fleet-erp:{key}": value for key, value in areas.items()})
    assert "prod" not in text
    assert "staging" not in text
