"""The contract of metrics: a form, and names that somebody really serves."""

from __future__ import annotations

import pytest
import yaml
from pydantic import ValidationError

from infra.observability.metrics import cloudwatch
from infra.observability.metrics.catalogue import FILE, Catalogue, catalogue


def test_every_name_stands_once() -> None:
    names = [metric.name for _, metric in catalogue().metrics()]
    assert len(names) > 200
    assert len(names) == len(set(names))


def test_counters_are_called_so() -> None:
    """What AWS, PostgreSQL, cAdvisor and RabbitMQ name otherwise apart."""
    others = {"postgres-exporter", "yace-itself", "external-secrets", "apiserver"}
    odd = {
        metric.name
        for source, metric in catalogue().metrics()
        if metric.type == "counter" and not metric.name.endswith("_total") and source.source not in others
    }
    assert odd == set()


@pytest.mark.requirement("OBS-08")
def test_the_application_metrics_of_the_strategy_are_there() -> None:
    metrics = {metric.name: metric for _, metric in catalogue().metrics()}
    assert metrics["http_request_duration_seconds"].type == "histogram"
    assert metrics["gps_processing_latency_seconds"].type == "histogram"
    assert metrics["http_requests_total"].type == "counter"
    assert {"status", "method", "handler", "service"} <= set(metrics["http_requests_total"].labels)
    assert "http_request_duration_seconds_bucket" in catalogue().series_names()
    assert "http_request_duration_seconds" not in catalogue().series_names()


def test_scaling_metrics_exist_only_where_something_scales() -> None:
    assert "keda_scaler_active" in catalogue().series_names(stack="prod")
    assert "keda_scaler_active" not in catalogue().series_names(stack="staging")


def test_what_is_read_from_cloudwatch_is_what_the_catalogue_says() -> None:
    read = {
        cloudwatch.metric_name(service, reading)
        for service, readings in cloudwatch.READINGS.items()
        for reading in readings
    }
    promised = {metric.name for source, metric in catalogue().metrics() if source.source == "yace"}
    assert read == promised


@pytest.mark.parametrize(
    ("service", "metric", "statistic", "name"),
    [
        # From the exporter's own tests (pkg/promutil/migrate_test.go) and its documentation.
        ("AWS/ElastiCache", "CPUUtilization", "Average", "aws_elasticache_cpuutilization_average"),
        ("AWS/RDS", "EBSIOBalance%", "Minimum", "aws_rds_ebsiobalance_percent_minimum"),
        ("AWS/ES", "ClusterStatus.green", "Minimum", "aws_es_cluster_status_green_minimum"),
        ("AWS/EFS", "MeteredIOBytes", "Sum", "aws_efs_metered_iobytes_sum"),
        ("AWS/Kinesis", "IncomingBytes", "p95", "aws_kinesis_incoming_bytes_p95"),
        (
            "Glue",
            "glue.driver.aggregate.bytesRead",
            "Average",
            "aws_glue_driver_aggregate_bytes_read_average",
        ),
        # One that is ours, by the same function.
        ("FleetErp/RestoreTests", "Passed", "Sum", "aws_fleeterp_restoretests_passed_sum"),
        ("FleetErp/Recovery", "LastDrill", "Maximum", "aws_fleeterp_recovery_last_drill_maximum"),
    ],
)
def test_names_are_made_as_the_exporter_makes_them(
    service: str, metric: str, statistic: str, name: str
) -> None:
    assert cloudwatch.metric_name(service, cloudwatch.Reading(metric, statistic)) == name


@pytest.mark.parametrize(
    "broken",
    [
        {"name": "service:http_requests:rate5m", "type": "gauge", "labels": [], "meaning": "recorded"},
        {"name": "up", "type": "summary", "labels": [], "meaning": "no such type"},
        {"name": "up", "type": "gauge", "labels": [], "meaning": "x", "help": "unknown key"},
    ],
)
def test_a_line_of_another_form_is_refused(broken: dict[str, object]) -> None:
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    document["sources"][0]["metrics"].append(broken)
    with pytest.raises(ValidationError):
        Catalogue.model_validate(document)
