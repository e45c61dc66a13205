"""TLS in transit: every listener, store and broker speaks TLS 1.2 or newer, with certificates that renew."""

from policies.framework import Pack

PACK = Pack(
    module=__name__,
    prefixes=("tls-",),
    subjects=(
        "broker",
        "cache",
        "certificates",
        "files",
        "load_balancers",
        "messages",
        "objects",
        "rds",
        "search",
    ),
)
