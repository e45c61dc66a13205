"""The Kubernetes cluster: its secrets."""

from __future__ import annotations

from policies.aws.keys import without_customer_key
from policies.aws.tokens import CLUSTERS, KEYS
from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule


@resource_rule(
    "enc-eks-secrets",
    subjects=CLUSTERS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("EKS.3",), ("CKV_AWS_58",), ("SEC-06", "SEC-02", "POL-01"), ("8(5)",)),
    remedy="Set encryption_config with resources=['secrets'] and the ARN of the secrets key.",
    exemptible=False,
    by_reference=True,
)
def eks_secrets(cluster: ResourceView) -> Findings:
    """Kubernetes secrets are encrypted with a customer key.

    In a first preview the whole block is unknown while the key is; then it must come from a key of the stack.
    """
    if not cluster.has("encryptionConfig"):
        yield "encryptionConfig is not set"
    elif cluster.is_unknown("encryptionConfig"):
        if not cluster.link("encryptionConfig").targets(*KEYS):
            yield "encryptionConfig comes from no key of this stack"
    else:
        if "secrets" not in cluster.items("encryptionConfig.resources"):
            yield "encryptionConfig.resources does not name 'secrets'"
        if why := without_customer_key(cluster, "encryptionConfig.provider.keyArn"):
            yield why
