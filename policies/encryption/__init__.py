"""Encryption at rest: every store is encrypted, with a customer key of the same environment."""

from policies.framework import Pack

PACK = Pack(
    module=__name__,
    prefixes=("enc-",),
    subjects=(
        "broker",
        "cache",
        "cluster",
        "key_ring",
        "messages",
        "objects",
        "rds",
        "records",
        "search",
        "secret_values",
        "volumes",
    ),
)
