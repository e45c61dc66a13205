"""Rules about workspaces: the estate's versions, the host's region."""

from __future__ import annotations

import pytest

from infra.settings.workspace_rules import REDIS_RELEASES

from .stack_files import areas_of, mistakes


@pytest.mark.requirement("ENV-01")
@pytest.mark.parametrize(
    ("store", "tag", "series"),
    [
        ("postgres", "16.14", "16.15"),
        ("postgres", "16.150", "16.15"),
        ("rabbitmq", "4.3.0-management", "4.2"),
        ("redis", "7.2.5", "7.0"),
    ],
)
def test_another_version_than_the_estates_is_refused(store: str, tag: str, series: str) -> None:
    areas = areas_of("dev")
    areas["workspace"]["images"][store]["tag"] = tag
    assert mistakes(areas, "dev") == [
        f'Pulumi.dev.yaml: fleet-erp:workspace.images.{store}.tag: "{tag}" is not the version of the estate;'
        f" allowed: {series}"
    ]


@pytest.mark.requirement("ENV-01")
def test_a_new_version_of_the_estate_reaches_workspaces() -> None:
    areas = areas_of("dev")
    areas["versions"]["postgres"] = "16.14"
    assert len(mistakes(areas, "dev")) == 1


def test_every_version_of_the_cache_has_an_open_source_release() -> None:
    for version in ("7.1", "8.0", "8.1", "8.2"):
        assert version in REDIS_RELEASES


def test_the_host_is_in_the_region_of_the_environment() -> None:
    areas = areas_of("dev")
    endpoint = areas["workspace"]["cluster"]["endpoint"]
    areas["workspace"]["cluster"]["endpoint"] = endpoint.replace("ap-south-1", "eu-west-1")
    (line,) = mistakes(areas, "dev")
    assert line.endswith("is in another region; allowed: an endpoint in ap-south-1")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://kubernetes.example.com",
        "http://0123456789ABCDEF0123456789ABCDEF.gr7.ap-south-1.eks.amazonaws.com",
        "https://0123456789ABCDEF0123456789ABCDEF.gr7.ap-south-1.eks.amazonaws.com.example.com",
    ],
)
def test_only_an_eks_endpoint_is_one(endpoint: str) -> None:
    areas = areas_of("dev")
    areas["workspace"]["cluster"]["endpoint"] = endpoint
    (line,) = mistakes(areas, "dev")
    assert "is not the endpoint of an EKS cluster" in line


@pytest.mark.requirement("ENV-01")
def test_a_file_copied_from_another_developer_is_refused() -> None:
    """Two stacks in one namespace would fight over every object in it."""
    areas = areas_of("dev")
    areas["workspace"]["developer"] = "ravi"
    assert mistakes(areas, "dev-ravi") == []
    assert mistakes(areas, "dev-asha") == [
        'Pulumi.dev-asha.yaml: fleet-erp:workspace.developer: "ravi" is not the developer of stack dev-asha;'
        " allowed: asha"
    ]
