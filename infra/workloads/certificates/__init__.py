"""Whom clients of the databases trust: the roots of Amazon RDS, one file per region.

Each file holds the region's roots of 2021 (2022 in Hyderabad), which sign server certificates until 2061 at
least. A region's own bundle, not the global one: a certificate of another region is none of ours. AWS
publishes them as https://truststore.pki.rds.amazonaws.com/<region>/<region>-bundle.pem.
"""

from __future__ import annotations

from pathlib import Path

import pulumi
from pulumi_kubernetes import core

from ..pods import metadata

FILE_NAME = "rds.pem"
CONFIG_MAP = "rds-certificates"


def rds_roots(region: str) -> str:
    """Give the roots of a region, as PEM. Raises FileNotFoundError for a region without a bundle here."""
    return (Path(__file__).parent / f"rds-{region}.pem").read_text(encoding="ascii")


def rds_roots_config_map(
    name: str, *, region: str, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> core.v1.ConfigMap:
    """Put the roots into a namespace, as file `rds.pem` of ConfigMap `rds-certificates` (SEC-05)."""
    return core.v1.ConfigMap(
        name,
        core.v1.ConfigMapInitArgs(
            metadata=metadata(CONFIG_MAP, namespace=namespace, labels={}),
            data={FILE_NAME: rds_roots(region)},
        ),
        opts=opts,
    )
