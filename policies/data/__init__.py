"""Data protection: who can see data, how long it is kept, where it lies, and that it can be brought back."""

from policies.framework import Pack

PACK = Pack(
    module=__name__,
    prefixes=("dat-",),
    subjects=(
        "backups",
        "bucket_access",
        "bucket_copies",
        "bucket_lifecycles",
        "deletion",
        "images",
        "masking",
        "quarantine",
        "regions",
        "restores",
        "snapshots",
    ),
)
