"""KMS keys and Secrets Manager secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.cost.charges import Charge
from preview.cost.item import Item
from preview.cost.pricers.kinds import Parts, Pricers

KEY_TYPES: Final = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey")
SECRET: Final = "aws:secretsmanager/secret:Secret"

REQUESTS_PER_UNIT: Final = 10_000


def _key(item: Item) -> Iterator[Charge]:
    rotated = item.flag("enableKeyRotation")
    note = "each of the first two rotations adds the price of one version" if rotated else ""
    rate = item.rate("KMS", "customer managed key (version)", unit="month")
    yield item.monthly("customer key", rate, 1, note=note)


def _key_requests(item: Item) -> Iterator[Charge]:
    if item.text("keyUsage", default="ENCRYPT_DECRYPT") != "ENCRYPT_DECRYPT" or (
        item.text("customerMasterKeySpec", default="SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT"
    ):
        yield item.unpriced("requests", "usage-based: no price for requests to an asymmetric or HMAC key")
        return
    rate = item.rate("KMS", "symmetric requests", unit="10k-requests")
    yield item.metered("requests", rate, "kms_requests", *KEY_TYPES, per=REQUESTS_PER_UNIT)


def _secret(item: Item) -> Iterator[Charge]:
    yield item.monthly("secret", item.rate("Secrets Manager", "secret", unit="month"), 1)


def _secret_replicas(item: Item) -> Iterator[Charge]:
    """A replica costs what a secret costs in its region."""
    for replica in item.entries("replicas"):
        region = item.text("region", inside=replica)
        rate = item.rate("Secrets Manager", "secret", unit="month", region=region)
        yield item.monthly(f"replica in {region}", rate, 1)


def _secret_requests(item: Item) -> Iterator[Charge]:
    rate = item.rate("Secrets Manager", "API calls", unit="10k-requests")
    yield item.metered("API calls", rate, "secret_requests", per=REQUESTS_PER_UNIT)


_KEY_PARTS: Final[Parts] = {"key": _key, "requests": _key_requests}

PRICERS: Final[Pricers] = {
    **dict.fromkeys(KEY_TYPES, _KEY_PARTS),
    SECRET: {"secret": _secret, "replicas": _secret_replicas, "API calls": _secret_requests},
}
