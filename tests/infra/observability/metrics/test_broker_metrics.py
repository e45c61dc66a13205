"""What a real RabbitMQ answers to the questions of our scrape configurations."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from infra.observability.metrics.catalogue import catalogue
from infra.workloads.jobs.broker_plan import DEAD_LETTERS, POSITIONS, VHOST
from preview.graph import plain
from tests.conftest import EstateRenderer
from tests.infra.workloads.jobs.broker_runs import run_job
from tests.infra.workloads.jobs.rabbitmq_server import RabbitServer, missing, running_broker

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
]
SCRAPE_CONFIG: Final = "kubernetes:monitoring.coreos.com/v1alpha1:ScrapeConfig"
ANSWER_SECONDS: Final = 20
SEEN_SECONDS: Final = 60


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    """Start RabbitMQ with the queues that production has."""
    folder: Path = tmp_path_factory.mktemp("bootstrap")
    with running_broker() as server:
        done = run_job(server, folder)
        assert done.returncode == 0, done.stderr
        yield server


@pytest.fixture(scope="module")
def answers(broker: RabbitServer, estate: EstateRenderer) -> dict[str, str]:
    """Ask what each scrape configuration of production asks; by its name."""
    given: list[Any] = [plain(each.inputs) for each in estate("prod").of_type(SCRAPE_CONFIG)]
    deadline = time.monotonic() + SEEN_SECONDS
    while True:
        found = {config["metadata"]["name"]: ask(broker, config["spec"]) for config in given}
        # The broker counts what is in its queues every second or so.
        if (
            "rabbitmq_detailed_queue_consumers" in names(found["rabbitmq-queues"])
            or time.monotonic() > deadline
        ):
            return found
        time.sleep(1)


def ask(broker: RabbitServer, spec: dict[str, Any]) -> str:
    """Read what a scrape configuration reads."""
    query = urlencode(spec.get("params", {}), doseq=True)
    context = ssl.create_default_context(cafile=broker.ca_file)
    with urlopen(  # noqa: S310  (our own server)
        f"{broker.metrics}{spec['metricsPath']}?{query}", timeout=ANSWER_SECONDS, context=context
    ) as answer:
        return str(answer.read().decode())


def names(text: str) -> set[str]:
    """Give the names of all samples."""
    return set(re.findall(r"^([a-z_]+)[{ ]", text, re.MULTILINE))


def test_every_name_of_the_catalogue_is_served(answers: dict[str, str]) -> None:
    promised = {metric.name for source, metric in catalogue().metrics() if source.source == "rabbitmq"}
    assert len(promised) > 10
    assert promised - names(answers["rabbitmq"]) - names(answers["rabbitmq-queues"]) == set()


def test_each_queue_is_told_apart(answers: dict[str, str]) -> None:
    for metric in ("messages", "messages_ready", "messages_unacked", "consumers"):
        found = re.findall(
            rf'^rabbitmq_detailed_queue_{metric}\{{vhost="(.*)",queue="(.*)"\}} \d',
            answers["rabbitmq-queues"],
            re.MULTILINE,
        )
        assert set(found) == {(VHOST, POSITIONS), (VHOST, DEAD_LETTERS)}, metric


def test_the_broker_as_a_whole_tells_of_no_queue(answers: dict[str, str]) -> None:
    """So a dead letter is visible in the detailed answer alone."""
    assert not re.search(r"^rabbitmq_queue_messages\{[^}]*queue=", answers["rabbitmq"], re.MULTILINE)
