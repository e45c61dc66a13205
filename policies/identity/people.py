"""People and long-lived credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule

LONG_LIVED: Final[Mapping[str, str]] = {
    "aws:iam/user:User": "an IAM user",
    "aws:iam/accessKey:AccessKey": "an access key that never ends",
    "aws:iam/userLoginProfile:UserLoginProfile": "a password of an IAM user",
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": "a credential that never ends",
    "aws:iam/sshKey:SshKey": "an SSH key of an IAM user",
    "aws:iam/signingCertificate:SigningCertificate": "a signing certificate of an IAM user",
    "aws:iam/userPolicy:UserPolicy": "permissions of an IAM user",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "permissions of an IAM user",
    "aws:iam/userGroupMembership:UserGroupMembership": "a group of IAM users",
    "aws:iam/groupMembership:GroupMembership": "a group of IAM users",
    "aws:iam/group:Group": "a group of IAM users",
    "aws:ec2/keyPair:KeyPair": "an SSH key for instances",
    "aws:lightsail/bucketAccessKey:BucketAccessKey": "an access key that never ends",
}


@resource_rule(
    "iam-no-users",
    subjects=tuple(LONG_LIVED),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("IAM.2", "IAM.3"), ("CKV_AWS_273", "CKV_AWS_40"), ("SEC-03", "OPS-04")),
    remedy="People sign in by IAM Identity Center; pods take a service account's role, pipelines OIDC's.",
    exemptible=False,
)
def no_users(resource: ResourceView) -> Findings:
    """There are no IAM users and no credentials that never end."""
    yield f"it is {LONG_LIVED[resource.type]}"
