"""What a container is told: by variables, by its command line, by files from objects of the stack."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework import UNKNOWN, Block, Graph
from policies.k8s.objects import KubernetesObject, plain_map, referred
from policies.k8s.pods import Container, Pod
from policies.k8s.tokens import CONFIG_MAPS, EXTERNAL_SECRETS, SECRETS

_FILES = (*CONFIG_MAPS, *SECRETS, *EXTERNAL_SECRETS)


def words(container: Container) -> list[str]:
    """Give the command line: command and arguments. Raises NotJudged when some of it is unknown."""
    return [*container.block.texts("command"), *container.block.texts("args")]


def environment(container: Container, graph: Graph, *, named: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Give variables of such a name with their values: given in place, or from a ConfigMap of the stack.

    Raises NotJudged for one of them whose value is unknown; others may be unknown, such as addresses.
    """
    for source in container.block.blocks("envFrom"):
        if source.has("configMapRef.name"):
            for entry in referred(container.pod.workload, source, "configMapRef.name", graph, *CONFIG_MAPS):
                for name, text in texts(entry):
                    if named.search(f"{source.text('prefix')}{name}"):
                        yield f"{source.text('prefix')}{name}", text
    for variable in container.block.blocks("env"):
        if not variable.is_unknown("name") and not named.search(variable.text("name")):
            continue
        if variable.has("value"):
            yield variable.text("name"), variable.text("value")
        elif variable.has("valueFrom.configMapKeyRef.name"):
            key = variable.text("valueFrom.configMapKeyRef.key")
            path = "valueFrom.configMapKeyRef.name"
            for entry in referred(container.pod.workload, variable, path, graph, *CONFIG_MAPS):
                for name, text in texts(entry):
                    if name == key:
                        yield variable.text("name"), text


def texts(entry: KubernetesObject) -> Iterator[tuple[str, str]]:
    """Give the files and values in a ConfigMap, a Secret, or the template of an ExternalSecret.

    Raises NotJudged for one that is unknown.
    """
    for path in ("data", "stringData", "spec.target.template.data"):
        block = entry.block
        if not block.has(path) or (path == "data" and entry.kind == "Secret"):
            continue
        for name, value in plain_map(block, path).items():
            if value is UNKNOWN:
                raise block.not_judged(f"{path}.{name}")
            if isinstance(value, str):
                yield name, value


def files(pod: Pod, graph: Graph) -> list[KubernetesObject]:
    """Give the objects of the stack whose content the pod mounts."""
    found: list[KubernetesObject] = []
    for block, path in _mounts(pod):
        found += referred(pod.workload, block, path, graph, *_FILES)
    return found


def _mounts(pod: Pod) -> Iterator[tuple[Block, str]]:
    for volume in pod.spec.blocks("volumes"):
        for path in ("configMap.name", "secret.secretName"):
            if volume.has(path):
                yield volume, path
        for source in volume.blocks("projected.sources"):
            for path in ("configMap.name", "secret.name"):
                if source.has(path):
                    yield source, path
