"""Offline ids, ARNs and outputs: well-formed, distinct, secret where they must be, unknown where asked."""

from __future__ import annotations

import re

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pulumi_random as random
import pytest
from pulumi import Output

from preview.engine import missing_when_unknown
from preview.engine.invokes import InvokeAnswers
from preview.engine.physical_tables import TEMPLATES
from preview.engine.schema import declared_outputs
from preview.graph import UNKNOWN, is_secret, plain
from tests.preview.engine.programs import ACCOUNT_ID, graph_of, one, run


def test_every_template_makes_an_output_that_the_sdk_declares() -> None:
    wrong = [
        (token, key)
        for token, templates in TEMPLATES.items()
        for key in templates
        if key != "id" and key not in declared_outputs(token)
    ]
    assert wrong == []
    assert [token for token, templates in TEMPLATES.items() if "id" not in templates] == []


def _estate() -> None:
    aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
    key = aws.kms.Key("key")
    aws.kms.Key("everywhere", multi_region=True)
    aws.iam.Role("role", name="nodes", path="/erp/", assume_role_policy="{}")
    balancer = aws.lb.LoadBalancer("lb", name="erp", internal=True)
    group = aws.lb.TargetGroup("tg", name="odoo", port=8069, protocol="HTTP")
    listener = aws.lb.Listener(
        "https",
        load_balancer_arn=balancer.arn,
        default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=group.arn)],
    )
    aws.lb.ListenerRule(
        "rule",
        listener_arn=listener.arn,
        actions=[aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=group.arn)],
        conditions=[aws.lb.ListenerRuleConditionArgs()],
    )
    aws.rds.Instance(
        "db",
        identifier="erp-prod",
        engine="postgres",
        instance_class="db.m5.xlarge",
        manage_master_user_password=True,
        master_user_secret_kms_key_id=key.arn,
    )
    aws.s3.Bucket("archive", bucket="erp-archive")
    aws.cloudwatch.LogGroup("logs", name="/erp/odoo")
    aws.elasticache.ReplicationGroup(
        "cache", replication_group_id="erp", description="erp", num_cache_clusters=2
    )
    aws.mq.Broker(
        "broker",
        broker_name="erp",
        engine_type="RabbitMQ",
        engine_version="4.2",
        host_instance_type="mq.m7g.large",
        users=[aws.mq.BrokerUserArgs(username="u", password="x" * 12)],
    )
    aws.opensearch.Domain("search", domain_name="erp")
    aws.efs.FileSystem("files")
    aws.ecr.Repository("odoo", name="erp/odoo")
    aws.secretsmanager.Secret("db", name="erp/db")
    aws.sns.Topic("alarms", name="erp-alarms")
    aws.scheduler.Schedule(
        "night",
        name="stop",
        group_name="erp",
        schedule_expression="cron(0 22 * * ? *)",
        flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        target=aws.scheduler.ScheduleTargetArgs(arn="a", role_arn="b"),
    )
    aws.wafv2.WebAcl(
        "waf",
        name="erp",
        scope="REGIONAL",
        default_action=aws.wafv2.WebAclDefaultActionArgs(),
        visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
            cloudwatch_metrics_enabled=True, metric_name="m", sampled_requests_enabled=True
        ),
    )
    aws.ec2.LaunchTemplate("nodes")


_HERE = f"ap-south-1:{ACCOUNT_ID}"
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def estate() -> dict[str, dict[str, object]]:
    """The outputs by type and name."""
    return {
        f"{item.type.rsplit(':', 1)[-1]} {item.name}": item.outputs for item in graph_of(_estate).resources
    }


@pytest.mark.parametrize(
    ("resource", "output", "pattern"),
    [
        ("Vpc vpc", "id", r"vpc-[0-9a-f]{17}"),
        ("Key key", "arn", rf"arn:aws:kms:{_HERE}:key/{_UUID}"),
        ("Key everywhere", "keyId", r"mrk-[0-9a-f]{32}"),
        ("Role role", "arn", rf"arn:aws:iam::{ACCOUNT_ID}:role/erp/nodes"),
        (
            "LoadBalancer lb",
            "arn",
            rf"arn:aws:elasticloadbalancing:{_HERE}:loadbalancer/app/erp/[0-9a-f]{{16}}",
        ),
        ("LoadBalancer lb", "dnsName", r"internal-erp-\d{10}\.ap-south-1\.elb\.amazonaws\.com"),
        ("LoadBalancer lb", "zoneId", r"ZP97RAFLXTNZK"),
        ("TargetGroup tg", "arn", rf"arn:aws:elasticloadbalancing:{_HERE}:targetgroup/odoo/[0-9a-f]{{16}}"),
        (
            "Listener https",
            "arn",
            rf"arn:aws:elasticloadbalancing:{_HERE}:listener/app/erp/[0-9a-f]{{16}}/[0-9a-f]{{16}}",
        ),
        (
            "ListenerRule rule",
            "arn",
            rf"arn:aws:elasticloadbalancing:{_HERE}:listener-rule/app/erp(/[0-9a-f]{{16}}){{3}}",
        ),
        ("Instance db", "arn", rf"arn:aws:rds:{_HERE}:db:erp-prod"),
        ("Instance db", "address", r"erp-prod\.[a-z0-9]{12}\.ap-south-1\.rds\.amazonaws\.com"),
        ("Instance db", "endpoint", r"erp-prod\.[a-z0-9]{12}\.ap-south-1\.rds\.amazonaws\.com:5432"),
        ("Bucket archive", "arn", r"arn:aws:s3:::erp-archive"),
        ("LogGroup logs", "arn", rf"arn:aws:logs:{_HERE}:log-group:/erp/odoo"),
        (
            "ReplicationGroup cache",
            "primaryEndpointAddress",
            r"master\.erp\.[a-z0-9]{6}\.aps1\.cache\.amazonaws\.com",
        ),
        ("Broker broker", "arn", rf"arn:aws:mq:{_HERE}:broker:erp:b-{_UUID}"),
        ("Domain search", "arn", rf"arn:aws:es:{_HERE}:domain/erp"),
        ("FileSystem files", "dnsName", r"fs-[0-9a-f]{17}\.efs\.ap-south-1\.amazonaws\.com"),
        ("Repository odoo", "repositoryUrl", rf"{ACCOUNT_ID}\.dkr\.ecr\.ap-south-1\.amazonaws\.com/erp/odoo"),
        ("Secret db", "arn", rf"arn:aws:secretsmanager:{_HERE}:secret:erp/db-[A-Za-z0-9]{{6}}"),
        ("Topic alarms", "arn", rf"arn:aws:sns:{_HERE}:erp-alarms"),
        ("Schedule night", "arn", rf"arn:aws:scheduler:{_HERE}:schedule/erp/stop"),
        ("WebAcl waf", "arn", rf"arn:aws:wafv2:{_HERE}:regional/webacl/erp/{_UUID}"),
    ],
)
def test_outputs_have_their_real_shape(
    estate: dict[str, dict[str, object]], resource: str, output: str, pattern: str
) -> None:
    assert re.fullmatch(pattern, str(estate[resource][output]))


def test_what_other_resources_consume_is_there(estate: dict[str, dict[str, object]]) -> None:
    assert estate["LaunchTemplate nodes"]["latestVersion"] == 1
    assert estate["ReplicationGroup cache"]["memberClusters"] == ["erp-001", "erp-002"]
    secrets = estate["Instance db"]["masterUserSecrets"]
    assert isinstance(secrets, list)
    assert re.fullmatch(
        rf"arn:aws:secretsmanager:{_HERE}:secret:rds!db-{_UUID}-\w{{6}}", secrets[0]["secretArn"]
    )


def test_ids_and_arns_are_distinct() -> None:
    def program() -> None:
        for number in range(20):
            aws.ec2.Vpc(f"v{number}")
            aws.kms.Key(f"v{number}")
            aws.s3.Bucket(f"v{number}")

    resources = [item for item in graph_of(program).resources if item.type.startswith("aws:")]
    assert len({item.id for item in resources}) == 60
    assert len({item.outputs["arn"] for item in resources}) == 60


def test_a_certificate_has_one_validation_record_for_each_name() -> None:
    def program() -> None:
        aws.acm.Certificate(
            "c",
            domain_name="erp.example.com",
            subject_alternative_names=["*.erp.example.com", "a.example.org"],
        )

    options = one(graph_of(program), "c").outputs["domainValidationOptions"]
    assert [option["domainName"] for option in options] == [
        "erp.example.com",
        "*.erp.example.com",
        "a.example.org",
    ]
    records = [(option["resourceRecordName"], option["resourceRecordValue"]) for option in options]
    assert records[0] == records[1]
    assert records[0] != records[2]


def test_region_and_account_are_the_providers() -> None:
    def program() -> None:
        singapore = aws.Provider("sg", region="ap-southeast-1", allowed_account_ids=["777788889999"])
        aws.sns.Topic("t", name="t", opts=pulumi.ResourceOptions(provider=singapore))
        aws.sns.Topic("own", name="own", region="eu-west-1", opts=pulumi.ResourceOptions(provider=singapore))

    graph = graph_of(program)
    assert one(graph, "t").outputs["arn"] == "arn:aws:sns:ap-southeast-1:777788889999:t"
    assert one(graph, "own").outputs["arn"] == "arn:aws:sns:eu-west-1:777788889999:own"


def test_default_tags_show_in_all_tags_only() -> None:
    def program() -> None:
        tagged = aws.Provider(
            "p",
            region="ap-south-1",
            default_tags=aws.ProviderDefaultTagsArgs(tags={"team": "erp", "env": "a"}),
        )
        aws.sns.Topic("t", tags={"env": "b"}, opts=pulumi.ResourceOptions(provider=tagged))

    topic = one(graph_of(program), "t")
    assert topic.inputs["tags"] == {"env": "b"}
    assert topic.outputs["tagsAll"] == {"team": "erp", "env": "b"}


def test_an_absent_input_is_not_invented() -> None:
    outputs = one(graph_of(lambda: aws.rds.Instance("db", instance_class="db.t3.medium")), "db").outputs
    for key in (
        "engineVersion",
        "username",
        "port",
        "endpoint",
        "masterUserSecrets",
        "backupRetentionPeriod",
    ):
        assert key not in outputs
    assert re.fullmatch(r"db-[0-9a-f]{7}", outputs["identifier"])


@pytest.mark.parametrize("unknowns", [False, True])
def test_secrets_stay_secret(unknowns: bool) -> None:  # noqa: FBT001
    def program() -> None:
        password = random.RandomPassword("pw", length=24)
        aws.rds.Instance(
            "db",
            instance_class="db.t3.medium",
            password=password.result,
            username=Output.secret("admin"),
            opts=pulumi.ResourceOptions(additional_secret_outputs=["address"]),
        )
        pulumi.export("password", password.result)

    graph = graph_of(program, unknowns=unknowns)
    outputs = one(graph, "db").outputs
    assert is_secret(one(graph, "pw").outputs["result"])
    assert is_secret(graph.exports["password"])
    assert is_secret(outputs["password"])
    assert is_secret(outputs["username"])
    assert not is_secret(plain(outputs["password"]))
    if not unknowns:
        assert len(plain(outputs["password"])) == 24
        assert {
            kind
            for kind in ("isupper", "islower", "isdigit")
            if any(getattr(c, kind)() for c in plain(outputs["password"]))
        } == {
            "isupper",
            "islower",
            "isdigit",
        }


def test_a_secret_output_is_wrapped_once() -> None:
    def program() -> None:
        aws.rds.Instance(
            "db",
            instance_class="db.t3.medium",
            password=Output.secret("x"),
            opts=pulumi.ResourceOptions(additional_secret_outputs=["password"]),
        )

    assert plain(one(graph_of(program), "db").outputs["password"]) == "x"


def test_in_a_first_preview_computed_values_are_unknown_and_inputs_known() -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        subnet = aws.ec2.Subnet("a", vpc_id=vpc.id, cidr_block="10.0.1.0/24")
        cluster = aws.eks.Cluster(
            "c",
            role_arn="arn:aws:iam::444455556666:role/c",
            vpc_config=aws.eks.ClusterVpcConfigArgs(subnet_ids=[subnet.id], endpoint_private_access=True),
        )
        pulumi.export("group", cluster.vpc_config.cluster_security_group_id)
        pulumi.export("private", cluster.vpc_config.endpoint_private_access)
        pulumi.export("authority", cluster.certificate_authority.data)
        pulumi.export("cidr", vpc.cidr_block)

    graph = graph_of(program, unknowns=True)
    assert graph.unknowns
    assert one(graph, "vpc").id is None
    assert one(graph, "vpc").outputs["arn"] == UNKNOWN
    assert one(graph, "a").inputs == {"cidrBlock": "10.0.1.0/24", "vpcId": UNKNOWN}
    assert graph.exports == {"authority": UNKNOWN, "cidr": "10.0.0.0/16", "group": UNKNOWN, "private": True}
    assert one(graph, "default_7_51_1").id is None
    assert str(one(graph, "vpc").provider).endswith(f"::{UNKNOWN}")


def test_names_the_engine_makes_up_are_known_and_the_same_in_a_first_preview() -> None:
    def program() -> None:
        role = aws.iam.Role("nodes", assume_role_policy="{}")
        aws.iam.RolePolicyAttachment("a", role=role.name, policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")

    known, unknown = (one(graph_of(program, unknowns=mode), "a").inputs["role"] for mode in (False, True))
    assert known == unknown
    assert re.fullmatch(r"nodes-[0-9a-f]{7}", known)


def test_resources_made_in_apply_are_found() -> None:
    def hides() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        vpc.id.apply(lambda _: aws.sns.Topic("hidden"))

    def shows() -> None:
        aws.sns.Topic("plain")

    missing = missing_when_unknown(graph_of(hides), graph_of(hides, unknowns=True))
    assert [urn.rsplit("::", 1)[-1] for urn in missing] == ["hidden"]
    assert missing_when_unknown(graph_of(shows), graph_of(shows, unknowns=True)) == ()


def test_kubernetes_objects_have_a_name_and_a_namespaced_id() -> None:
    def program() -> None:
        cluster = kubernetes.Provider("k", kubeconfig="{}")
        options = pulumi.ResourceOptions(provider=cluster)
        space = kubernetes.core.v1.Namespace("erp", opts=options)
        kubernetes.core.v1.ConfigMap(
            "settings",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name="settings", namespace=space.metadata.name),
            opts=options,
        )
        release = kubernetes.helm.v3.Release(
            "keda", chart="keda", version="2.18.0", namespace="keda", opts=options
        )
        pulumi.export("release", release.status.namespace)

    graph = graph_of(program)
    assert re.fullmatch(r"erp-[0-9a-f]{7}/settings", str(one(graph, "settings").id))
    assert one(graph, "keda").custom
    assert graph.exports["release"] == "keda"


def test_look_ups_answer_as_seen_from_the_provider() -> None:
    def program() -> None:
        pulumi.export("account", aws.get_caller_identity().account_id)
        pulumi.export("region", aws.get_region_output().region)
        pulumi.export("partition", aws.get_partition().partition)
        pulumi.export("logs", aws.elb.get_service_account().arn)
        singapore = aws.Provider("sg", region="ap-southeast-1")
        pulumi.export(
            "there", aws.get_region_output(opts=pulumi.InvokeOutputOptions(provider=singapore)).region
        )

    assert run(program).graph.exports == {
        "account": ACCOUNT_ID,
        "logs": "arn:aws:iam::718504428378:root",
        "partition": "aws",
        "region": "ap-south-1",
        "there": "ap-southeast-1",
    }


def test_the_account_of_the_answers_is_a_documentation_value_unless_given() -> None:
    assert InvokeAnswers.for_account(region="ap-south-1").account_id == "111122223333"
