"""The configuration of Fluent Bit, read back: what is read, what is done with it, and where it goes."""

from __future__ import annotations

import fnmatch

import pytest

from infra.network import ports
from infra.observability.logs import lua, pipeline, request_metrics
from infra.observability.requests import FLUENT_BIT
from infra.settings import ObservabilitySettings
from tests.infra.settings.stack_files import estate_settings

from .configuration import Section, sections

LOGS = "/var/log/containers/"
ID = "0123456789abcdef" * 4
WATCHED = ("prod", "staging", "dr")


def file(pod: str, namespace: str, container: str) -> str:
    """Give the name that the kubelet gives the file of a container."""
    return f"{LOGS}{pod}_{namespace}_{container}-{ID}.log"


FILES = [
    file("odoo-web-5d8-abcde", "erp", "odoo"),
    file("odoo-web-5d8-abcde", "erp", "nginx"),
    file("odoo-upgrade-77-x", "erp", "odoo"),
    file("mail-catcher-1-x", "erp", "mail-catcher"),
    file("gps-api-7d9-fghij", "gps", "gps-api"),
    file("coredns-1-klmno", "kube-system", "coredns"),
    file("aws-node-x", "kube-system", "aws-node"),
    file("fluent-bit-x", "node-agents", "fluent-bit"),
    file("prometheus-0", "observability", "prometheus"),
    file("odoo-x", "dev-alice", "odoo"),
]


def every_section() -> list[Section]:
    """Give the sections of the main file of production, in order."""
    text = (
        pipeline.service()
        + pipeline.inputs()
        + pipeline.filters()
        + pipeline.outputs(index_prefix="fleet-erp-prod", region="ap-south-1")
    )
    return list(sections(text))


SECTIONS = every_section()
SERVICE = SECTIONS[0]
INPUTS = [each for each in SECTIONS if each.name == "INPUT"]
FILTERS = [each for each in SECTIONS if each.name == "FILTER"]
(SEARCH, REQUESTS) = (each for each in SECTIONS if each.name == "OUTPUT")


@pytest.mark.requirement("OBS-02")
@pytest.mark.parametrize("name", FILES)
def test_the_file_of_every_container_is_read_once(name: str) -> None:
    readers = [
        each
        for each in INPUTS
        if fnmatch.fnmatch(name, each.get("Path") or "")
        and not fnmatch.fnmatch(name, each.get("Exclude_Path") or "-")
    ]
    assert len(readers) == 1
    joins = "odoo" if "_erp_odoo-" in name else "docker, cri"
    assert readers[0].get("multiline.parser") == joins


def test_inputs_survive_a_restart_and_an_outage() -> None:
    assert [each.get("Name") for each in INPUTS] == ["tail", "tail"]
    for each in INPUTS:
        assert each.get("storage.type") == "filesystem"
        assert (each.get("DB") or "").startswith(f"{pipeline.STATE}/")
        assert each.get("Read_from_Head") == "On"
    # One file of positions for each: they would lock each other out.
    assert len({each.get("DB") for each in INPUTS}) == 2
    assert (SERVICE.get("storage.path") or "").startswith(f"{pipeline.STATE}/")


def test_what_waits_is_bounded_on_the_disk_and_in_memory() -> None:
    assert SEARCH.get("storage.total_limit_size") == "2G"
    chunks = int(SERVICE.get("storage.max_chunks_up") or 0)
    backlog = int((SERVICE.get("storage.backlog.mem_limit") or "0M").removesuffix("M"))
    buffers = sum(1 for _ in INPUTS)
    assert 0 < chunks * 2 + backlog + buffers < FLUENT_BIT.memory_limit_mib / 2
    retries = int(SEARCH.get("Retry_Limit") or 0)
    assert 10 <= retries <= 200


@pytest.mark.requirement("OBS-02")
def test_everything_that_is_read_goes_to_opensearch() -> None:
    assert {each.get("Tag") for each in INPUTS} == {"kube.*"}
    assert SEARCH.get("Match") == "kube.*"
    assert SEARCH.get("Name") == "opensearch"
    # Filters that take lines out by what they say, or by how many there are.
    assert {each.get("Name") for each in FILTERS} == {"parser", "kubernetes", "log_to_metrics", "lua"}
    assert not any((each.get("discard_logs") or "false") != "false" for each in FILTERS)


def test_lines_get_metadata_before_lots_are_drawn() -> None:
    names = [each.get("Name") for each in FILTERS]
    assert names.index("parser") < names.index("kubernetes") < names.index("lua")
    assert names[-1] == "lua"
    kubernetes = FILTERS[names.index("kubernetes")]
    assert {key: kubernetes.get(key) for key in ("Merge_Log", "Keep_Log", "Labels", "Annotations")} == {
        "Merge_Log": "On",
        "Keep_Log": "Off",
        "Labels": "On",
        "Annotations": "On",
    }
    # Nobody leaves his lines out, and nobody's parser sets the time of reading as that of writing.
    assert kubernetes.get("K8S-Logging.Exclude") == "Off"
    assert kubernetes.get("K8S-Logging.Parser") == "Off"
    script = FILTERS[names.index("lua")]
    assert script.get("script") == f"{pipeline.SCRIPTS}/{lua.FILE_NAME}"
    assert script.get("call") == lua.FUNCTION
    assert script.get("Match") == "kube.*"
    assert f"function {lua.FUNCTION}(" in lua.script(success_sampling_percent=10)


def test_parsers_are_those_that_are_named() -> None:
    made = list(sections(pipeline.parsers()))
    parsers = {each.get("Name") for each in made if each.name == "PARSER"}
    (multiline,) = (each for each in made if each.name == "MULTILINE_PARSER")
    assert multiline.get("parser") in parsers
    assert multiline.get("name") == INPUTS[1].get("multiline.parser")
    assert FILTERS[0].get("Parser") in parsers
    assert SERVICE.get("Parsers_File") == f"{pipeline.CONFIGURATION}/{pipeline.PARSERS_FILE}"
    # A parser without a time of its own leaves the runtime's.
    odoo = next(each for each in made if each.get("Name") == "odoo" and each.name == "PARSER")
    assert odoo.get("Time_Key") is None


@pytest.mark.requirement("OBS-02")
def test_opensearch_is_spoken_to_over_tls_with_a_signature() -> None:
    wanted = {
        "Port": str(ports.SEARCH.first),
        "tls": "On",
        "tls.verify": "On",
        "tls.min_version": "TLSv1.2",
        "AWS_Auth": "On",
        "AWS_Region": "ap-south-1",
        "Suppress_Type_Name": "On",
        "Logstash_Format": "On",
        "Logstash_Prefix": "fleet-erp-prod",
        "Replace_Dots": "On",
        "Generate_ID": "On",
        "Trace_Error": "On",
        "Buffer_Size": "False",
    }
    assert {key: SEARCH.get(key) for key in wanted} == wanted
    assert SEARCH.get("Host") == f"${{{pipeline.HOST_VARIABLE}}}"


@pytest.mark.parametrize("stack", WATCHED)
def test_thresholds_of_answers_are_bounds_of_buckets(stack: str) -> None:
    observability = estate_settings(stack).observability
    assert isinstance(observability, ObservabilitySettings)
    for milliseconds in (observability.latency.warning_ms, observability.latency.critical_ms):
        assert milliseconds / 1000 in request_metrics.BUCKETS_SECONDS
    assert list(request_metrics.BUCKETS_SECONDS) == sorted(request_metrics.BUCKETS_SECONDS)


def test_requests_are_counted_by_what_the_catalogue_says() -> None:
    counter, histogram = (each for each in FILTERS if each.get("Name") == "log_to_metrics")
    names = [
        "_".join(
            filter(
                None, (each.get("metric_namespace"), each.get("metric_subsystem"), each.get("metric_name"))
            )
        )
        for each in (counter, histogram)
    ]
    assert names == ["http_requests_total", "http_request_duration_seconds"]
    for each, labels in ((counter, ["method", "handler", "status"]), (histogram, ["method", "handler"])):
        assert each.all("label_field") == labels
        assert [label.split()[0] for label in each.all("add_label")] == ["namespace", "service"]
        assert each.get("Match") == "kube.*_erp_nginx-*"
        assert each.get("tag") == REQUESTS.get("Match")
        assert each.get("regex") == "event ^http_request$"
    assert histogram.get("value_field") == "duration_seconds"
    assert REQUESTS.get("Port") == str(request_metrics.METRICS_PORT)
