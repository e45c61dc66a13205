"""Identity and privileges: who may do what, who may become whom, and where credentials lie."""

from policies.framework import Pack

PACK = Pack(
    module=__name__,
    prefixes=("iam-",),
    subjects=(
        "attached_policies",
        "backups",
        "cluster_access",
        "data_stores",
        "documents",
        "escalations",
        "keys",
        "machines",
        "people",
        "plaintext",
        "resource_policies",
        "rotation",
        "service_accounts",
        "trusts",
    ),
)
