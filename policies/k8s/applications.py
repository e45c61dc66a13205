"""Which containers run Odoo and which the GPS service: by several signs, so that a new name hides nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from policies.framework import UNKNOWN
from policies.k8s.pods import Container, Pod

ODOO: Final = "odoo"
GPS: Final = "gps"

ODOO_PORT: Final = 8069
"""Where Odoo, or the proxy beside it, answers (NET-04)."""

_NAMES: Final[Mapping[str, re.Pattern[str]]] = {
    ODOO: re.compile(r"odoo(-(web|cron|report|reports|worker|gevent|longpolling))?"),
    GPS: re.compile(r"gps(-(api|consumer|ingestion|service|worker))?"),
}
_LABELS: Final = ("app.kubernetes.io/name", "app.kubernetes.io/component", "app")


def image_name(image: str) -> str:
    """Give the last word of an image: `odoo` for `….amazonaws.com/fleet-erp/odoo:18.0@sha256:…`."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def runs(container: Container, application: str) -> bool:
    """Whether a container runs the application, by its image or its name."""
    if _NAMES[application].fullmatch("" if container.block.is_unknown("name") else container.name):
        return True
    if container.block.is_unknown("image"):
        return False
    return re.split(r"[-_.]", image_name(container.image))[0] == application


def containers_of(pod: Pod, application: str) -> list[Container]:
    """Give the long-running containers of a pod that run the application.

    Where no container shows it but the pod's labels do, or for Odoo its port, it is the first one: a renamed
    container must not slip through.
    """
    regular = [container for container in pod.containers if container.role == "containers"]
    found = [container for container in regular if runs(container, application)]
    if not found and regular and (_labelled(pod, application) or _listens(regular, application)):
        return regular[:1]
    return found


def _labelled(pod: Pod, application: str) -> bool:
    labels = pod.labels
    return any(
        labels.get(name) is not UNKNOWN and _NAMES[application].fullmatch(str(labels.get(name)))
        for name in _LABELS
    )


def _listens(regular: list[Container], application: str) -> bool:
    return application == ODOO and any(
        port.number("containerPort") == ODOO_PORT
        for container in regular
        for port in container.block.blocks("ports")
        if not port.is_unknown("containerPort")
    )
