"""The configuration as rendered in a real Fluent Bit: from files of containers to documents of OpenSearch.

No package registry has Fluent Bit, so this runs where somebody installed it: `fluent-bit` on the path. What
can be seen without it is in the other tests of this folder.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.observability.logs import lua, pipeline, request_metrics
from infra.workloads.gps.configuration import SAMPLING_ANNOTATION

from .odoo_lines import EVENTS, TRACEBACK, in_container
from .stub_cluster import Cluster, cluster

FLUENT_BIT = shutil.which("fluent-bit")
pytestmark = pytest.mark.skipif(
    FLUENT_BIT is None,
    reason="fluent-bit is not installed (its own packages, none in Debian): the pipeline was not run",
)
ID = "0123456789abcdef" * 4
PODS = {
    "erp/odoo-web-5d8-abcde": {
        "labels": {"app.kubernetes.io/name": "odoo", "app.kubernetes.io/component": "odoo-web"},
        # Asked for, and not obeyed: lines would be stamped with the time of reading.
        "annotations": {"fluentbit.io/parser": "odoo"},
    },
    "gps/gps-api-7d9-fghij": {
        "labels": {"app.kubernetes.io/name": "gps", "app.kubernetes.io/component": "gps-api"},
        "annotations": {SAMPLING_ANNOTATION: "10"},
    },
    "kube-system/coredns-1-klmno": {
        "labels": {"k8s-app": "kube-dns"},
        "annotations": {"fluentbit.io/exclude": "true"},
    },
}
FILES = {
    "odoo": "odoo-web-5d8-abcde_erp_odoo",
    "nginx": "odoo-web-5d8-abcde_erp_nginx",
    "gps": "gps-api-7d9-fghij_gps_gps-api",
    "dns": "coredns-1-klmno_kube-system_coredns",
}


@dataclass(frozen=True)
class Node:
    """A node with a running Fluent Bit."""

    containers: Path
    log: Path
    metrics_port: int
    requests_port: int
    cluster: Cluster

    def write(self, container: str, text: str) -> None:
        """Append to the file of a container."""
        with (self.containers / f"{FILES[container]}-{ID}.log").open("a", encoding="utf-8") as file:
            file.write(text)

    def documents(self, enough: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Wait until what arrived is enough, and a moment longer."""
        deadline = time.monotonic() + 30
        while not enough([document for _, document in self.cluster.documents]):
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.2)
        time.sleep(2)
        return [document for _, document in self.cluster.documents]

    def get(self, port: int, path: str) -> str:
        """Ask Fluent Bit itself."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == 200
            return answer.read().decode()
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _write_configuration(folder: Path, replaced: dict[str, str]) -> Path:
    """Write the configuration as the chart does, with folders, ports and addresses of this test."""
    (folder / "state").mkdir()
    (folder / "containers").mkdir()
    (folder / "token").write_text("token")
    (folder / pipeline.PARSERS_FILE).write_text(pipeline.parsers())
    (folder / lua.FILE_NAME).write_text(lua.script(success_sampling_percent=10))
    text = (
        pipeline.service()
        + pipeline.inputs()
        + pipeline.filters()
        + pipeline.outputs(index_prefix="fleet-erp-prod", region="ap-south-1")
    )
    tag_prefix = "kube." + str(folder).strip("/").replace("/", ".") + ".containers."
    folders = {
        "kube.var.log.containers.": tag_prefix,
        "/var/log/containers/": f"{folder}/containers/",
        pipeline.STATE: f"{folder}/state",
        pipeline.CONFIGURATION: str(folder),
        pipeline.SCRIPTS: str(folder),
    }
    for old, new in {**folders, **replaced}.items():
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "fluent-bit.conf"
    path.write_text(text)
    return path


@contextmanager
def running(folder: Path) -> Iterator[Node]:
    """Run Fluent Bit until the test is done; it is killed when it does not stop by itself."""
    assert FLUENT_BIT is not None
    ports = {port: _free_port() for port in (pipeline.METRICS_PORT, request_metrics.METRICS_PORT)}
    with cluster(PODS) as known:
        path = _write_configuration(
            folder,
            {
                "0.0.0.0": "127.0.0.1",  # noqa: S104  (what is replaced)
                f"Port {pipeline.METRICS_PORT}": f"Port {ports[pipeline.METRICS_PORT]}",
                f"Port {request_metrics.METRICS_PORT}": f"Port {ports[request_metrics.METRICS_PORT]}",
                "Port 443": f"Port {known.port}",
                "    tls On\n": "    tls Off\n",
                f"Flush {pipeline.FLUSH_SECONDS}": "Flush 0.5",
                f"Grace {pipeline.STOP_SECONDS}": "Grace 2",
                f"scheduler.cap {pipeline.LONGEST_PAUSE_SECONDS}": "scheduler.cap 2\n    scheduler.base 1",
                "    Merge_Log On\n": (
                    "    Merge_Log On\n"
                    f"    Kube_URL http://127.0.0.1:{known.port}\n    Kube_Token_File {folder}/token\n"
                ),
            },
        )
        environment = {
            **os.environ,
            pipeline.HOST_VARIABLE: "127.0.0.1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        log = folder / "fluent-bit.log"
        with log.open("w") as output:
            process = subprocess.Popen(  # noqa: S603
                [FLUENT_BIT, "--config", str(path)], stdout=output, stderr=output, env=environment
            )
        try:
            yield Node(
                containers=folder / "containers",
                log=log,
                metrics_port=ports[pipeline.METRICS_PORT],
                requests_port=ports[request_metrics.METRICS_PORT],
                cluster=known,
            )
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """Give a node with a running Fluent Bit."""
    with running(tmp_path) as made:
        yield made


def of(documents: list[dict[str, Any]], container: str) -> list[dict[str, Any]]:
    """Give the documents of one container."""
    name = FILES[container].rpartition("_")[2]
    return [each for each in documents if each["kubernetes"]["container_name"] == name]


@pytest.mark.timeout(120)
def test_lines_of_odoo_become_events_with_fields(node: Node) -> None:
    for second, event in enumerate(EVENTS, start=15):
        node.write("odoo", in_container(event, second=second))
    found = of(node.documents(lambda seen: len(seen) >= len(EVENTS)), "odoo")
    assert len(found) == len(EVENTS)
    levels = [(each["level"], each["logger"], each["db"], each["pid"]) for each in found]
    assert levels == [
        ("INFO", "odoo", "?", 1),
        ("INFO", "odoo.modules.loading", "tms", 17),
        ("INFO", "werkzeug", "tms", 21),
        ("ERROR", "odoo.http", "tms", 21),
        ("WARNING", "odoo.addons.base.models.ir_cron", "tms", 21),
    ]
    error = found[3]["message"]
    assert error.split("\n") == ["Exception during request handling.", *TRACEBACK.split("\n")[1:]]
    assert found[3]["@timestamp"].startswith("2026-11-25T03:14:18.123")
    assert found[3]["stream"] == "stderr"
    assert found[3]["kubernetes"]["labels"]["app_kubernetes_io/name"] == "odoo"
    assert "annotations" not in found[3]["kubernetes"]
    assert not {"log", "time", "_p", "data"} & set(found[3])
    assert {index for index, _ in node.cluster.documents} == {"fleet-erp-prod-2026.11.25"}


@pytest.mark.timeout(120)
def test_a_traceback_that_is_written_slowly_stays_one_event(node: Node) -> None:
    lines = TRACEBACK.split("\n")
    for number, line in enumerate(lines):
        node.write("odoo", in_container(line, second=15 + number))
        time.sleep(0.15)
    found = of(node.documents(lambda seen: len(seen) >= 1), "odoo")
    assert [each["message"].count("\n") for each in found] == [len(lines) - 1]


@pytest.mark.timeout(120)
def test_requests_keep_their_types_and_are_counted(node: Node) -> None:
    for number in range(10):
        request = {
            "time": "2026-11-25T03:14:15+00:00",
            "event": "http_request",
            "level": "INFO",
            "handler": "web",
            "method": "GET",
            "path": "/web",
            "status": 502 if number == 9 else 200,
            "duration_seconds": 0.19,
            "upstream_seconds": "0.120",
            "bytes": 5120,
            "client": "203.0.113.9",
            "request_id": "",
            "user_agent": "Mozilla/5.0",
            "absent": None,
        }
        node.write("nginx", in_container(json.dumps(request), second=15, stream="stdout"))
    node.write("nginx", in_container("2026/11/25 03:14:16 [error] 7#7: upstream timed out", second=16))
    found = of(node.documents(lambda seen: len(seen) >= 11), "nginx")
    assert len(found) == 11
    assert (found[0]["status"], found[0]["duration_seconds"], found[0]["bytes"]) == (200, 0.19, 5120)
    assert isinstance(found[0]["status"], int)
    assert found[0]["data"] == {"time": "2026-11-25T03:14:15+00:00"}
    assert found[10]["message"].endswith("upstream timed out")
    time.sleep(7)
    metrics = node.get(node.requests_port, request_metrics.METRICS_PATH)
    assert (
        'http_requests_total{namespace="erp",service="odoo-web",method="GET",handler="web",status="200"} 9'
        in metrics
    )
    assert (
        'http_requests_total{namespace="erp",service="odoo-web",method="GET",handler="web",status="502"} 1'
        in metrics
    )
    labels = 'namespace="erp",service="odoo-web",method="GET",handler="web"'
    assert f'http_request_duration_seconds_bucket{{le="0.18",{labels}}} 0' in metrics
    assert f'http_request_duration_seconds_bucket{{le="0.2",{labels}}} 10' in metrics
    assert f"http_request_duration_seconds_count{{{labels}}} 10" in metrics


@pytest.mark.timeout(120)
def test_successful_positions_are_sampled_and_nothing_else(node: Node) -> None:
    def line(number: int, outcome: str, level: str) -> str:
        event = {"event": "gps_ingested", "outcome": outcome, "level": level, "number": number}
        return in_container(json.dumps(event), second=20, stream="stdout")

    node.write("gps", "".join(line(number, "success", "INFO") for number in range(2000)))
    node.write("gps", "".join(line(number, "rejected", "WARNING") for number in range(300)))
    node.write("dns", in_container("plugin/reload: Running", second=21))
    seen = node.documents(
        lambda seen: sum(each.get("outcome") == "rejected" for each in seen) >= 300 and of(seen, "dns") != []
    )
    found = of(seen, "gps")
    kept = [each for each in found if each["outcome"] == "success"]
    assert 0.07 < len(kept) / 2000 < 0.13
    assert {each["sample_rate"] for each in kept} == {0.1}
    assert len(found) - len(kept) == 300
    # A pod that wants its lines left out is not heard.
    assert [each["message"] for each in of(seen, "dns")] == ["plugin/reload: Running"]
    assert set(node.cluster.paths) == {"/_bulk"}
    for signature in node.cluster.signatures:
        assert signature.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
        assert "/ap-south-1/es/aws4_request" in signature
    assert all(action["create"]["_id"] for action in node.cluster.actions)
    metrics = node.get(node.metrics_port, "/api/v2/metrics/prometheus")
    for name in ("fluentbit_output_proc_records_total", "fluentbit_filter_drop_records_total"):
        assert name in metrics


@pytest.mark.timeout(120)
def test_a_line_that_the_runtime_split_is_one_again(node: Node) -> None:
    text = json.dumps({"level": "info", "msg": "x" * 20_000})
    first, last = text[:16_384], text[16_384:]
    node.write("gps", in_container(first, second=15, stream="stdout", flag="P"))
    node.write("gps", in_container(last, second=15, stream="stdout"))
    (found,) = of(node.documents(lambda seen: len(seen) >= 1), "gps")
    assert found["message"] == "x" * 20_000


@pytest.mark.timeout(60)
def test_fluent_bit_accepts_the_configuration(tmp_path: Path) -> None:
    assert FLUENT_BIT is not None
    path = _write_configuration(tmp_path, {})
    told = subprocess.run(  # noqa: S603
        [FLUENT_BIT, "--dry-run", "--config", str(path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, pipeline.HOST_VARIABLE: "search.example.com"},
    )
    assert told.returncode == 0, told.stderr
    assert "configuration test is successful" in told.stdout + told.stderr


@pytest.mark.timeout(120)
def test_lines_wait_while_opensearch_is_away(node: Node) -> None:
    node.cluster.away = True
    node.write("dns", "".join(in_container(f"line {number}", second=15) for number in range(50)))
    deadline = time.monotonic() + 20
    while node.cluster.refused < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert node.cluster.refused >= 2
    assert list((node.log.parent / "state" / "chunks").rglob("*.flb"))
    node.cluster.away = False
    found = of(node.documents(lambda seen: len(seen) >= 50), "dns")
    assert [each["message"] for each in found] == [f"line {number}" for number in range(50)]
