"""What a record looks like when the filter has shaped it: one text, one spelling of levels, no secrets."""

from __future__ import annotations

from typing import Any

import pytest

from infra.observability.logs.fields import FIELDS, MAPPINGS

from .scripts import NULL, Record, event, load, pod

RUNTIME = {"time": "2026-11-25T03:13:46.500000000Z", "stream": "stderr", "_p": "F"}
APPLY = load(success_sampling_percent=10)


def shaped(**record: Any) -> Record:
    """Shape a record with the runtime's keys beside it."""
    made = APPLY({**RUNTIME, **record})
    assert made is not None
    return made


def test_text_that_is_no_json_is_the_message() -> None:
    assert shaped(log="nginx: worker started") == {"message": "nginx: worker started", "stream": "stderr"}


def test_a_request_of_the_proxy_keeps_its_fields_and_the_runtimes_go() -> None:
    request = {
        "event": "http_request",
        "level": "INFO",
        "handler": "web",
        "method": "GET",
        "path": "/web",
        "status": 200,
        "duration_seconds": 0.123,
        "upstream_seconds": "0.120",
        "bytes": 5120,
        "client": "203.0.113.9",
        "request_id": "Root=1-67891233-abcdef012345678912345678",
        "user_agent": "Mozilla/5.0",
    }
    # The proxy's own `time` replaces the runtime's: it is no duplicate of the record's, so it stays as data.
    made = shaped(**request, time="2026-11-25T03:13:46+00:00")
    assert made == {**request, "stream": "stderr", "data": {"time": "2026-11-25T03:13:46+00:00"}}
    assert set(request) <= set(FIELDS)


def test_what_no_field_is_known_for_is_data() -> None:
    made = shaped(level="info", msg="reconciled", ts=1764039226.5, controller={"group": "apps", "n": 3})
    assert made == {
        "level": "INFO",
        "message": "reconciled",
        "stream": "stderr",
        "data": {"ts": 1764039226.5, "controller": {"group": "apps", "n": 3}},
    }


def test_a_known_field_that_is_no_single_value_is_data() -> None:
    # Else OpenSearch would turn the line away.
    made = shaped(level="error", message="no", status={"code": 5}, path=["a", "b"])
    assert made["data"] == {"status": {"code": 5}, "path": ["a", "b"]}
    assert "status" not in made
    assert "path" not in made


def test_values_too_long_for_an_index_are_kept_out_of_it() -> None:
    made = shaped(message="dump", body="x" * 9000, other=1)
    assert made["unindexed"] == {"body": "x" * 9000, "other": 1}
    assert "data" not in made
    assert MAPPINGS["properties"]["unindexed"] == {"type": "object", "enabled": False}


def test_what_says_nothing_is_no_field() -> None:
    made = shaped(message="x", level=NULL, status=NULL, error=NULL, body={"a": NULL, "b": [NULL, 1], "c": 2})
    assert made == {"message": "x", "stream": "stderr", "data": {"body": {"b": [NULL, 1], "c": 2}}}
    assert shaped(message="x", error=NULL) == {"message": "x", "stream": "stderr"}


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("info", "INFO"),
        ("warn", "WARNING"),
        ("Warning", "WARNING"),
        ("err", "ERROR"),
        ("fatal", "CRITICAL"),
        ("debug", "DEBUG"),
        ("critical", "CRITICAL"),
        ("audit", "AUDIT"),
    ],
)
def test_levels_have_one_spelling(written: str, level: str) -> None:
    assert shaped(level=written, message="x")["level"] == level


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("I1125 03:14:15.926535       1 main.go:1] started", "INFO"),
        ("E1125 03:14:15.926535       1 leader.go:9] lost", "ERROR"),
        ("W1125 03:14:15.926535       1 warn.go:9] slow", "WARNING"),
        ("Error: no such thing", None),
        ("I am a sentence", None),
    ],
)
def test_levels_of_kubernetes_own_format_are_read(line: str, level: str | None) -> None:
    assert shaped(log=line).get("level") == level


def test_labels_stay_and_annotations_go() -> None:
    made = APPLY(event(kubernetes=pod(annotations={"checksum/config": "abc"}), outcome="failed"))
    assert made is not None
    assert made["kubernetes"]["labels"]["app.kubernetes.io/name"] == "gps"
    assert "annotations" not in made["kubernetes"]
    assert made["data"] == {"vehicle": "MH12AB1234"}


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        (
            '10.0.101.7 - - "GET /web/reset_password?token=abcDEF123&db=tms HTTP/1.1" 200',
            '10.0.101.7 - - "GET /web/reset_password?token=[redacted]&db=tms HTTP/1.1" 200',
        ),
        ("/my/orders/7?access_token=1b9d6bcd-bbfd", "/my/orders/7?access_token=[redacted]"),
        ("login=alice&new_password=hunter2;x=1", "login=alice&new_password=[redacted];x=1"),
        ("{'login': 'alice', 'password': 'it is a secret'}", "{'login': 'alice', 'password': '[redacted]'}"),
        ('{"api_key": "k-123", "n": 1}', '{"api_key": "[redacted]", "n": 1}'),
        ("Authorization: Bearer abcdefghijklmnop.qrst", "Authorization: Bearer [redacted]"),
        ("authorization: Basic YWxpY2U6aHVudGVyMg==", "authorization: Basic [redacted]"),
        ("amqps://gps:Secret123@b-1.mq:5671/fleet", "amqps://gps:[redacted]@b-1.mq:5671/fleet"),
        ("a bearer of news and basic needs", "a bearer of news and basic needs"),
        ("GET /web?db=tms&debug=1", "GET /web?db=tms&debug=1"),
    ],
)
def test_secrets_in_a_line_are_hidden_and_the_rest_stays(line: str, hidden: str) -> None:
    assert shaped(log=line)["message"] == hidden
    assert shaped(message=line)["message"] == hidden
    assert shaped(path=line, message="x")["path"] == hidden


def test_secrets_in_fields_are_hidden_however_deep() -> None:
    made = shaped(
        message="called",
        headers={"Authorization": "Bearer abc", "Accept": "json"},
        request={"body": {"user": "a", "Password": "b", "note": "token=abc"}},
        session_id="0123",
    )
    assert made["data"] == {
        "headers": {"Authorization": "[redacted]", "Accept": "json"},
        "request": {"body": {"user": "a", "Password": "[redacted]", "note": "token=[redacted]"}},
        "session_id": "[redacted]",
    }


def test_secrets_are_hidden_where_nothing_is_sampled_too() -> None:
    made = load(success_sampling_percent=100)({**RUNTIME, "log": "password=x"})
    assert made == {"message": "password=[redacted]", "stream": "stderr"}


def test_every_field_has_a_mapping_that_takes_what_may_be_written() -> None:
    for name, mapping in FIELDS.items():
        assert MAPPINGS["properties"][name] == mapping
        # A number or an address that is none must not cost the line.
        assert mapping["type"] in {"text", "keyword"} or mapping["ignore_malformed"] is True
    assert MAPPINGS["dynamic"] == "false"
