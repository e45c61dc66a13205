"""Rows of the rules about trusts, service accounts, nodes, the cluster, data stores and secrets."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import ACCOUNT_ID, DROP, REGION, Ref, SecretText, thing
from tests.policies.identity.fixtures import (
    ATTACHMENT,
    AWS,
    FOREIGN,
    FOREIGN_ACCOUNT,
    ISSUER,
    OIDC,
    ROLE_POLICY,
    ROOT,
    SAME_ACCOUNT,
    allow,
    by_account,
    by_service,
    service_account_role,
    text,
    trust,
)
from tests.policies.table import Break, Row

_GIVEN: Final = "statement Given of the trust"
_GITHUB: Final = "token.actions.githubusercontent.com"
_CLUSTER: Final = "aws:eks/cluster:Cluster"
_ADDON: Final = "aws:eks/addon:Addon"
_NODES: Final = "aws:eks/nodeGroup:NodeGroup"
_ACCOUNT: Final = "kubernetes:core/v1:ServiceAccount"
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
_DATABASE: Final = "aws:rds/instance:Instance"
_CACHE: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
_USER: Final = "aws:elasticache/user:User"
_SECRET: Final = "aws:secretsmanager/secret:Secret"
_ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"
_FUNCTION: Final = "aws:lambda/function:Function"
_MANAGED: Final = "arn:aws:iam::aws:policy"
_SCHEDULER: Final = trust(by_service("scheduler.amazonaws.com", Condition=SAME_ACCOUNT))


def _trusts(*statements: Any) -> dict[str, Any]:
    return {"role.assumeRolePolicy": text(*statements)}


def _by_repository(subject: Any, operator: str = "StringEquals") -> dict[str, Any]:
    return by_account(subject, issuer=_GITHUB, operator=operator)


_COMPONENT, _ODOO = service_account_role()
_TRUSTED: Final = trust(by_account(), name="odoo")
_ARN: Final = f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-prod-odoo"
_USES_ODOO: Final = thing(
    _ACCOUNT,
    "odoo-account",
    metadata={
        "name": "odoo",
        "namespace": "erp",
        "annotations": {"eks.amazonaws.com/role-arn": Ref("odoo", "arn")},
    },
)
_NODE_ROLE: Final = trust(by_service("ec2.amazonaws.com"), name="node")
_METADATA: Final = {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1}
_GOOD_SUBJECT: Final = "repo:example/fleet-erp:environment:prod"
_TOKEN: Final = "ghp_" + "a1B2" * 9
_RANDOM: Final = "q8ZrT1vX5nLw3KcYb7Hs9DfGj2MpRa4EuWiOxQ6t"

ROWS: Final = (
    Row(
        "iam-assume-role-scoped",
        (AWS, _SCHEDULER, OIDC, *service_account_role()),
        (
            Break(
                _trusts(by_service("scheduler.amazonaws.com")),
                {"role": f"{_GIVEN} lets scheduler.amazonaws.com act for any account"},
                aspect="deputy",
            ),
            Break(
                _trusts(
                    by_service(
                        "scheduler.amazonaws.com",
                        Condition={"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT_ID}},
                    )
                ),
                {"role": f"{_GIVEN} lets scheduler.amazonaws.com act for any account"},
                aspect="deputy",
            ),
        ),
        unknown="role.assumeRolePolicy",
        also_holds=(
            _trusts(by_service("ec2.amazonaws.com")),
            _trusts(allow("sts:AssumeRole", Principal={"AWS": ROOT})),
            _trusts(
                by_service(
                    "eks.amazonaws.com",
                    Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:eks:{REGION}:{ACCOUNT_ID}:*"}},
                )
            ),
        ),
    ),
    Row(
        "iam-assume-role-scoped",
        (AWS, _SCHEDULER),
        (
            Break(
                _trusts(allow("sts:AssumeRole", Principal={"AWS": "*"})),
                {"role": f"{_GIVEN} lets everyone become the role"},
                aspect="public",
            ),
            Break(
                _trusts({**allow("sts:AssumeRole"), "NotPrincipal": {"AWS": ROOT}}),
                {"role": f"{_GIVEN} lets everyone become the role"},
                aspect="public",
            ),
        ),
        unknown="role.assumeRolePolicy",
    ),
    Row(
        "iam-assume-role-scoped",
        (AWS, _SCHEDULER),
        (
            Break(
                _trusts(allow("sts:AssumeRole", Principal={"AWS": FOREIGN})),
                {"role": f"{_GIVEN} lets account {FOREIGN_ACCOUNT} become the role"},
                aspect="foreign",
            ),
        ),
        unknown="role.assumeRolePolicy",
        also_holds=(
            _trusts(
                allow(
                    "sts:AssumeRole",
                    Principal={"AWS": FOREIGN},
                    Condition={"StringEquals": {"aws:PrincipalOrgID": "o-example"}},
                )
            ),
        ),
    ),
    Row(
        "iam-irsa-trust-exact",
        (AWS, OIDC, trust(by_account()), *service_account_role()),
        (
            Break(
                _trusts(by_account(operator="StringLike")),
                {
                    "role": (
                        f"{_GIVEN} compares :sub with stringlike, not with StringEquals",
                        f"{_GIVEN} compares :aud with stringlike, not with StringEquals",
                    )
                },
            ),
            Break(
                _trusts(by_account("system:serviceaccount:erp:*")),
                {"role": f"{_GIVEN} is for system:serviceaccount:erp:*, which is not one service account"},
            ),
            Break(
                _trusts(by_account(["system:serviceaccount:erp:odoo", "system:serviceaccount:erp:gps"])),
                {"role": f"{_GIVEN} admits 2 values of :sub"},
            ),
            Break(
                _trusts(by_account(audience="example.com")),
                {"role": f"{_GIVEN} is for the audience example.com"},
            ),
            Break(
                _trusts(
                    allow(
                        "sts:AssumeRoleWithWebIdentity",
                        Principal={"Federated": f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{ISSUER}"},
                        Condition={"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}},
                    )
                ),
                {"role": f"{_GIVEN} does not ask for :sub"},
            ),
            Break(
                _trusts(by_account(operator="StringEqualsIfExists")),
                {
                    "role": (
                        f"{_GIVEN} compares :sub with stringequals, not with StringEquals",
                        f"{_GIVEN} compares :aud with stringequals, not with StringEquals",
                    )
                },
            ),
        ),
        unknown="role.assumeRolePolicy",
        also_holds=(_trusts(by_service("ec2.amazonaws.com")), _trusts(_by_repository(_GOOD_SUBJECT))),
    ),
    Row(
        "iam-ci-oidc-exact",
        (AWS, trust(_by_repository(_GOOD_SUBJECT)), OIDC, *service_account_role()),
        (
            Break(
                _trusts(_by_repository("repo:example/*:environment:prod")),
                {
                    "role": f"{_GIVEN} is for repo:example/*:environment:prod:"
                    " not one repository and environment"
                },
            ),
            Break(
                _trusts(_by_repository("repo:example/fleet-erp:*", operator="StringLike")),
                {
                    "role": (
                        f"{_GIVEN} compares :sub with stringlike, not with StringEquals",
                        f"{_GIVEN} compares :aud with stringlike, not with StringEquals",
                    )
                },
            ),
            Break(
                _trusts(by_account(_GOOD_SUBJECT, "example.com", issuer=_GITHUB)),
                {"role": f"{_GIVEN} is for the audience example.com"},
            ),
        ),
        unknown="role.assumeRolePolicy",
        also_holds=(
            _trusts(_by_repository("repo:example@1234/fleet-erp@5678:environment:prod")),
            _trusts(_by_repository("repo:example/fleet-erp:ref:refs/heads/main")),
            _trusts(_by_repository("repo:example/fleet-erp:pull_request")),
        ),
    ),
    Row(
        "iam-irsa-one-to-one",
        (AWS, OIDC, _COMPONENT, _ODOO, _USES_ODOO),
        (
            Break({"odoo-account": DROP}, {"odoo": "nothing uses the role of erp/odoo"}, aspect="unused"),
            # A chart names the role alone, so only the role's component tells whose it is meant to be.
            Break(
                {
                    "odoo-account": thing(_RELEASE, "odoo-release", values={"role": _ARN}),
                    "odoo.assumeRolePolicy": text(by_account("system:serviceaccount:erp:gps")),
                },
                {"odoo": "it trusts erp/gps and is built for erp/odoo"},
                aspect="other",
            ),
        ),
        unknown=None,
        also_holds=(
            {
                "odoo-account": thing(
                    _RELEASE, "odoo-release", values={"serviceAccount": {"annotations": {"role": _ARN}}}
                )
            },
            {
                "odoo-account": thing(
                    _ADDON, "addon", addonName="another", serviceAccountRoleArn=Ref("odoo", "arn")
                )
            },
        ),
        holds_unknown=(
            {
                "odoo-account": thing(
                    _RELEASE, "odoo-release", values={"serviceAccount": {"role": Ref("odoo", "arn")}}
                )
            },
        ),
    ),
    Row(
        "iam-irsa-one-to-one",
        (AWS, _TRUSTED, _USES_ODOO),
        (
            Break(
                {"odoo-account.metadata.name": "gps"},
                {"odoo-account": "erp/gps uses odoo, which trusts erp/odoo"},
                aspect="disagree",
            ),
            Break(
                {
                    "odoo-account": thing(
                        _ADDON, "cni", addonName="vpc-cni", serviceAccountRoleArn=Ref("odoo", "arn")
                    )
                },
                {"cni": "kube-system/aws-node uses odoo, which trusts erp/odoo"},
                aspect="disagree",
            ),
            Break(
                {
                    "odoo-account": thing(
                        _ADDON,
                        "efs",
                        addonName="aws-efs-csi-driver",
                        configurationValues=f'{{"node": {{"annotations": {{"role": "{_ARN}"}}}}}}',
                    )
                },
                {"efs": "kube-system/efs-csi-node-sa uses odoo, which trusts erp/odoo"},
                aspect="disagree",
            ),
        ),
        unknown="odoo.assumeRolePolicy",
    ),
    Row(
        "iam-irsa-one-to-one",
        (AWS, _TRUSTED, _USES_ODOO),
        (
            Break(
                {
                    "odoo.assumeRolePolicy": text(
                        by_account(["system:serviceaccount:erp:odoo", "system:serviceaccount:erp:gps"])
                    )
                },
                {"odoo": "it serves 2 service accounts"},
                aspect="shared",
            ),
        ),
        unknown="odoo.assumeRolePolicy",
    ),
    Row(
        "iam-irsa-one-to-one",
        (AWS, _TRUSTED, _USES_ODOO),
        (
            Break(
                {},
                {"second": "erp/odoo has another role already: odoo"},
                plus=(
                    trust(by_account(), name="second"),
                    thing(
                        _RELEASE,
                        "user",
                        values={"arn": f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-prod-second"},
                    ),
                ),
                aspect="second",
            ),
        ),
        unknown="odoo.assumeRolePolicy",
    ),
    Row(
        "iam-node-role-minimal",
        (
            _NODE_ROLE,
            thing(
                ATTACHMENT,
                "worker",
                role=Ref("node", "name"),
                policyArn=f"{_MANAGED}/AmazonEKSWorkerNodePolicy",
            ),
            thing(_NODES, "general", nodeRoleArn=Ref("node", "arn")),
            thing(_ADDON, "cni", addonName="vpc-cni", serviceAccountRoleArn="arn:aws:iam::1:role/cni"),
        ),
        (
            Break(
                {"worker.policyArn": f"{_MANAGED}/AmazonS3ReadOnlyAccess"},
                {"general": "its role node has AmazonS3ReadOnlyAccess"},
                aspect="attachment",
            ),
            Break(
                {"worker.policyArn": f"{_MANAGED}/AmazonEKS_CNI_Policy"},
                {"general": "its role node has AmazonEKS_CNI_Policy"},
                aspect="attachment",
            ),
            Break(
                {"node.managedPolicyArns": [f"{_MANAGED}/AmazonS3ReadOnlyAccess"]},
                {"general": "its role node has AmazonS3ReadOnlyAccess"},
                aspect="attachment",
            ),
        ),
        unknown="general.nodeRoleArn",
        also_holds=({"worker.policyArn": f"{_MANAGED}/AmazonEKS_CNI_Policy", "cni": DROP},),
    ),
    Row(
        "iam-node-role-minimal",
        (_NODE_ROLE, thing(_NODES, "general", nodeRoleArn=Ref("node", "arn"))),
        (
            Break(
                {},
                {"general": "its role node has the inline policy extra"},
                plus=(
                    thing(ROLE_POLICY, "extra", role=Ref("node", "name"), policy=text(allow("s3:Get*", "*"))),
                ),
                aspect="inline",
            ),
            Break(
                {"node.inlinePolicies": [{"name": "x", "policy": text(allow("s3:Get*", "*"))}]},
                {"general": "its role node has an inline policy"},
                aspect="inline",
            ),
        ),
        unknown="general.nodeRoleArn",
    ),
    Row(
        "iam-no-pod-identity",
        (thing(_CLUSTER, "cluster", name="fleet-erp-prod"),),
        (
            Break(
                {},
                {"odoo": "it hands a role to pods beside the trust of the role's own service account"},
                plus=(thing("aws:eks/podIdentityAssociation:PodIdentityAssociation", "odoo"),),
            ),
        ),
        unknown=None,
    ),
    Row(
        "iam-no-users",
        (_SCHEDULER,),
        (
            Break({}, {"alice": "it is an IAM user"}, plus=(thing("aws:iam/user:User", "alice"),)),
            Break(
                {},
                {"alice-key": "it is an access key that never ends"},
                plus=(thing("aws:iam/accessKey:AccessKey", "alice-key", user="alice"),),
            ),
        ),
        unknown=None,
    ),
    Row(
        "iam-imdsv2",
        (thing(_TEMPLATE, "nodes", metadataOptions=_METADATA),),
        (
            Break(
                {"nodes.metadataOptions.httpTokens": "optional"},
                {"nodes": "httpTokens is optional, not required"},
            ),
            Break({"nodes.metadataOptions": DROP}, {"nodes": "httpTokens is not set, not required"}),
        ),
        unknown="nodes.metadataOptions.httpTokens",
        also_holds=({"nodes.metadataOptions": {"httpEndpoint": "disabled"}},),
    ),
    Row(
        "iam-imdsv2",
        (thing("aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults", "defaults", **_METADATA),),
        (
            Break(
                {"defaults.httpTokens": "no-preference"},
                {"defaults": "httpTokens is no-preference, not required"},
            ),
        ),
        unknown="defaults.httpTokens",
    ),
    Row(
        "iam-imds-hop-limit",
        (thing(_TEMPLATE, "nodes", metadataOptions=_METADATA),),
        (
            Break(
                {"nodes.metadataOptions.httpPutResponseHopLimit": 2},
                {"nodes": "httpPutResponseHopLimit is 2: pods reach the node's credentials"},
            ),
            Break(
                {"nodes.metadataOptions.httpPutResponseHopLimit": DROP},
                {"nodes": "httpPutResponseHopLimit is not set"},
            ),
        ),
        unknown="nodes.metadataOptions.httpPutResponseHopLimit",
    ),
    Row(
        "iam-eks-access-api",
        (thing(_CLUSTER, "cluster", accessConfig={"authenticationMode": "API"}),),
        (
            Break(
                {"cluster.accessConfig.authenticationMode": "API_AND_CONFIG_MAP"},
                {"cluster": "authenticationMode is API_AND_CONFIG_MAP, not API"},
            ),
            Break({"cluster.accessConfig": DROP}, {"cluster": "authenticationMode is not set, not API"}),
        ),
        unknown="cluster.accessConfig.authenticationMode",
    ),
    Row(
        "iam-eks-creator",
        (thing(_CLUSTER, "cluster", accessConfig={"bootstrapClusterCreatorAdminPermissions": False}),),
        (
            Break(
                {"cluster.accessConfig.bootstrapClusterCreatorAdminPermissions": True},
                {"cluster": "bootstrapClusterCreatorAdminPermissions is not false"},
            ),
            Break(
                {"cluster.accessConfig": DROP},
                {"cluster": "bootstrapClusterCreatorAdminPermissions is not false"},
            ),
        ),
        unknown="cluster.accessConfig.bootstrapClusterCreatorAdminPermissions",
    ),
    Row(
        "iam-eks-admins",
        (
            thing(
                "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
                "admin",
                principalArn=f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-deploy-prod",
                policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                accessScope={"type": "cluster"},
            ),
            thing("aws:eks/accessEntry:AccessEntry", "entry", kubernetesGroups=["viewers"]),
        ),
        (
            Break(
                {"admin.principalArn": f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-operator-prod"},
                {"admin": "fleet-erp-operator-prod has AmazonEKSClusterAdminPolicy for the whole cluster"},
            ),
            Break(
                {"entry.kubernetesGroups.0": "system:masters"}, {"entry": "it is in the group system:masters"}
            ),
        ),
        unknown="admin.principalArn",
        also_holds=(
            {
                "admin.principalArn": f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-operator-prod",
                "admin.policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy",
            },
            {
                "admin.principalArn": f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-operator-prod",
                "admin.accessScope": {"type": "namespace", "namespaces": ["erp"]},
            },
        ),
    ),
    Row(
        "iam-rds-admin-name",
        (
            thing(_DATABASE, "postgres", engine="postgres", username="erp_owner"),
            thing(_DATABASE, "report", replicateSourceDb="postgres"),
        ),
        (
            Break(
                {"postgres.username": "postgres"},
                {"postgres": "username is postgres, which everybody tries first"},
            ),
            Break({"postgres.username": DROP}, {"postgres": "username is not set"}),
        ),
        unknown="postgres.username",
        # Promoted in place: engine and user are what they were at the source.
        also_holds=({"postgres.username": DROP, "postgres.engine": DROP},),
    ),
    Row(
        "iam-rds-password",
        (
            thing(_DATABASE, "postgres", passwordWo=SecretText("x" * 20)),
            thing(_DATABASE, "report", replicateSourceDb="postgres"),
            thing(_DATABASE, "test", manageMasterUserPassword=True),
        ),
        (
            Break(
                {"postgres.passwordWo": "x" * 20},
                {"postgres": "passwordWo is not marked as secret, so it lies in the state in clear"},
            ),
            Break(
                {"postgres.passwordWo": DROP},
                {"postgres": "it has neither a managed nor a generated password"},
            ),
            Break(
                {"test.manageMasterUserPassword": False},
                {"test": "it has neither a managed nor a generated password"},
            ),
        ),
        unknown="test.manageMasterUserPassword",
    ),
    Row(
        "iam-rds-iam-auth",
        (thing(_DATABASE, "postgres", iamDatabaseAuthenticationEnabled=True),),
        (
            Break(
                {"postgres.iamDatabaseAuthenticationEnabled": DROP},
                {"postgres": "iamDatabaseAuthenticationEnabled is not true"},
            ),
        ),
        unknown="postgres.iamDatabaseAuthenticationEnabled",
    ),
    Row(
        "iam-cache-auth",
        (
            thing(_CACHE, "cache", userGroupIds=[Ref("users", "userGroupId")]),
            thing("aws:elasticache/userGroup:UserGroup", "users", userGroupId="app"),
        ),
        (
            Break(
                {"cache.userGroupIds": DROP},
                {"cache": "it has neither a user group nor a token, so whoever reaches it may read it"},
            ),
            Break(
                {"cache.userGroupIds": [], "cache.authToken": "x" * 20},
                {"cache": "authToken is not marked as secret, so it lies in the state in clear"},
            ),
        ),
        unknown=None,
        also_holds=({"cache.userGroupIds": DROP, "cache.authToken": SecretText("x" * 20)},),
    ),
    Row(
        "iam-cache-users",
        (thing(_USER, "app", accessString="on ~* +@all", passwords=[SecretText("x" * 20)]),),
        (
            Break({"app.passwords": DROP}, {"app": "it is on and has no password"}),
            Break(
                {"app.passwords": DROP, "app.noPasswordRequired": True},
                {"app": "it is on and needs no password"},
            ),
            Break(
                {"app.passwords": ["x" * 20]},
                {"app": "passwords is not marked as secret, so it lies in the state in clear"},
            ),
        ),
        unknown="app.accessString",
        also_holds=(
            {"app.accessString": "off ~keys* -@all", "app.passwords": DROP, "app.noPasswordRequired": True},
        ),
    ),
    Row(
        "iam-opensearch-fgac",
        (thing("aws:opensearch/domain:Domain", "logs", advancedSecurityOptions={"enabled": True}),),
        (
            Break(
                {"logs.advancedSecurityOptions": DROP},
                {"logs": "advancedSecurityOptions.enabled is not true"},
            ),
            Break(
                {"logs.advancedSecurityOptions.anonymousAuthEnabled": True},
                {"logs": "advancedSecurityOptions.anonymousAuthEnabled lets everyone in"},
            ),
        ),
        unknown="logs.advancedSecurityOptions.enabled",
    ),
    *(
        Row(
            "iam-secret-rotation",
            (
                thing(_SECRET, "master", name="fleet-erp/prod/database-master"),
                thing(
                    _ROTATION,
                    "rotation",
                    secretId=Ref("master", "arn"),
                    rotationRules={"automaticallyAfterDays": 90},
                ),
            ),
            (Break(edits, {"master": says}, aspect=aspect),),
            unknown="rotation.rotationRules.automaticallyAfterDays",
            unknown_at="master",
            also_holds=(
                {"rotation.rotationRules": {"scheduleExpression": "rate(30 days)"}},
                {"rotation.rotationRules": {"scheduleExpression": "cron(0 3 1 */2 ? *)"}},
            ),
        )
        for edits, says, aspect in (
            ({"rotation": DROP}, "nothing rotates it", "none"),
            ({"rotation.rotationRules.automaticallyAfterDays": 91}, "it is rotated every 91 days", "slow"),
            (
                {"rotation.rotationRules": {"scheduleExpression": "cron(0 3 1 */6 ? *)"}},
                "it is rotated every 186 days",
                "slow",
            ),
            (
                {"rotation.rotationRules": {"scheduleExpression": "cron(0 3 ? JAN MON *)"}},
                "nobody can tell how often it is rotated",
                "schedule",
            ),
            ({"rotation.rotationEnabled": False}, "its rotation is switched off", "off"),
        )
    ),
    Row(
        "iam-no-plaintext-secret",
        (
            thing(
                _FUNCTION, "refresh", environment={"variables": {"DB_SECRET_ARN": "arn:aws:secretsmanager:x"}}
            ),
            thing(_DATABASE, "postgres", password=SecretText("hunter2hunter2")),
        ),
        (
            Break(
                {"refresh.environment.variables.DB_PASSWORD": "hunter2hunter2"},
                {"refresh": "environment.variables.DB_PASSWORD holds DB_PASSWORD in clear"},
            ),
            Break(
                {"refresh.environment.variables.TOKENS": _TOKEN},
                {"refresh": "environment.variables.TOKENS holds a GitHub token"},
            ),
            Break(
                {"refresh.environment.variables.SETTING": _RANDOM},
                {"refresh": "environment.variables.SETTING holds a long random text"},
            ),
            Break({"postgres.password": "hunter2hunter2"}, {"postgres": "password holds password in clear"}),
        ),
        unknown=None,
    ),
    Row(
        "iam-no-plaintext-secret-elsewhere",
        (thing("aws:sns/topic:Topic", "alarms", displayName="Alarms"),),
        (
            Break(
                {"alarms.displayName": f"call with {_TOKEN}"},
                {"alarms": "displayName holds a GitHub token"},
            ),
            Break({"alarms.apiKey": "hunter2hunter2"}, {"alarms": "apiKey holds apiKey in clear"}),
        ),
        unknown=None,
    ),
)
