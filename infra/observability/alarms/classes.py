"""Facts about instance classes that thresholds are derived from; memory of databases is with `connections`.

| fact | AWS document |
|---|---|
| connections and queues of a broker | Amazon MQ Developer Guide, "Sizing guidelines", m7g |
| vCPUs of a cache node | ElastiCache User Guide, "Supported node types" |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLimits:
    """What Amazon MQ lets a RabbitMQ broker of one type hold; connections count per node of a cluster."""

    connections: int
    queues_single: int
    queues_cluster: int


BROKERS: Final[Mapping[str, BrokerLimits]] = {
    "mq.m7g.medium": BrokerLimits(connections=100, queues_single=2_500, queues_cluster=100),
    "mq.m7g.large": BrokerLimits(connections=5_000, queues_single=20_000, queues_cluster=10_000),
    "mq.m7g.xlarge": BrokerLimits(connections=10_000, queues_single=30_000, queues_cluster=15_000),
    "mq.m7g.2xlarge": BrokerLimits(connections=20_000, queues_single=40_000, queues_cluster=20_000),
    "mq.m7g.4xlarge": BrokerLimits(connections=40_000, queues_single=60_000, queues_cluster=30_000),
}

CACHE_VCPUS: Final[Mapping[str, int]] = {
    "cache.t4g.micro": 2,
    "cache.t4g.small": 2,
    "cache.t4g.medium": 2,
    "cache.m6g.large": 2,
    "cache.m7g.large": 2,
    "cache.m7g.xlarge": 4,
    "cache.r7g.large": 2,
}
