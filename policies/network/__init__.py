"""Network least privilege: who may talk to whom, and what stands at the edge."""

from policies.framework import Pack

PACK = Pack(
    module=__name__,
    prefixes=("net-",),
    subjects=(
        "acls",
        "endpoints",
        "exposure",
        "firewall",
        "functions",
        "group_rules",
        "groups",
        "isolation",
        "paths",
        "placement",
        "stores",
    ),
)
