"""Kubernetes objects as rules see them, single or in lists: their names, namespaces and labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.framework import UNKNOWN, Block, Finding, Graph, NotJudged, ResourceView
from policies.framework.values import Secret
from policies.k8s.tokens import LIST, NAMESPACES, PATCH

DEFAULT_NAMESPACE: Final = "default"


@dataclass(frozen=True, slots=True, eq=False)
class KubernetesObject:
    """One object: a resource of its own, or an item of a list.

    Two are equal when they are the same place of the stack, however often it was looked at. `partial` marks a
    patch: what it does not say stands elsewhere, so nothing may be called missing in it.
    """

    resource: ResourceView
    block: Block
    kind: str
    partial: bool

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KubernetesObject) and self._place == other._place

    def __hash__(self) -> int:
        return hash(self._place)

    @property
    def _place(self) -> tuple[str, str]:
        return self.resource.urn, self.block.at

    @property
    def name(self) -> str:
        """The object's name; the resource's where Pulumi chooses one. Raises NotJudged when unknown."""
        return self.block.text("metadata.name") or self.resource.name

    @property
    def labels(self) -> Mapping[str, Any]:
        """Labels by name; a value may be UNKNOWN. Raises NotJudged when there is no telling which exist."""
        return plain_map(self.block, "metadata.labels")

    @property
    def annotations(self) -> Mapping[str, Any]:
        """Annotations by name; a value may be UNKNOWN. Raises NotJudged when unknown which exist."""
        return plain_map(self.block, "metadata.annotations")

    def at(self, path: str) -> str:
        """Give the path within the resource."""
        return path if self.block is self.resource else f"{self.block.at}.{path}"

    @property
    def namespace(self) -> str:
        """The name of the namespace the object lies in.

        An unknown one is followed to the namespace of this stack that it comes from. Raises NotJudged when it
        comes from none or several, NeedsStack while only one resource is judged.
        """
        if not self.block.has("metadata.namespace"):
            provider = self.resource.provider_block
            return provider.text("namespace") or DEFAULT_NAMESPACE
        if not self.block.is_unknown("metadata.namespace"):
            return self.block.text("metadata.namespace")
        found = self.resource.link(self.at("metadata.namespace")).targets(*NAMESPACES)
        names = {name for target in found for name in (objects(target)[0].name,)}
        if len(names) != 1:
            raise self.block.not_judged("metadata.namespace")
        return names.pop()

    def finding(self, message: str, *, aspect: str | None = None) -> Finding:
        """Give a finding about this object; in a list it is named."""
        where = "" if self.block is self.resource else f"{self.kind} {self.name}: "
        return self.resource.finding(f"{where}{message}", aspect=aspect)


def kind_of(token: str) -> str:
    """Give the kind that a token speaks of: `Deployment` for a deployment, its patch and its list."""
    kind = token.rsplit(":", 1)[-1]
    return kind.removesuffix(PATCH).removesuffix(LIST)


def objects(resource: ResourceView) -> list[KubernetesObject]:
    """Give the objects a resource declares: itself, or the items of a list."""
    kind = kind_of(resource.type)
    if resource.type.endswith(LIST):
        return [KubernetesObject(resource, item, kind, partial=False) for item in resource.blocks("items")]
    return [KubernetesObject(resource, resource, kind, partial=resource.type.endswith(PATCH))]


def objects_of(graph: Graph, *tokens: str) -> Iterator[KubernetesObject]:
    """Give every object of these types in the stack."""
    for resource in graph.of(*tokens):
        yield from objects(resource)


def plain_map(block: Block, path: str) -> Mapping[str, Any]:
    """Give a map whose keys may hold dots, such as labels. Raises NotJudged when the whole map is unknown."""
    tree = block.block(path).properties()
    tree = tree.value if isinstance(tree, Secret) else tree
    if tree is UNKNOWN:
        raise block.not_judged(path)
    if not isinstance(tree, dict):
        return {}
    return {key: value.value if isinstance(value, Secret) else value for key, value in tree.items()}


def known(block: Block, path: str, values: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401  (any JSON value)
    """Give one entry of a map, None when absent. Raises NotJudged when it is unknown."""
    value = values.get(name)
    if value is UNKNOWN:
        raise block.not_judged(f"{path}.{name}")
    return value


def selects(block: Block, path: str, labels: Mapping[str, Any]) -> bool:
    """Whether the label selector at `path` picks something with these labels. An absent one picks nothing."""
    if not block.has(path):
        return False
    wanted = plain_map(block, f"{path}.matchLabels")
    if not _all_equal(block, f"{path}.matchLabels", wanted, labels):
        return False
    return all(_expressed(entry, labels) for entry in block.blocks(f"{path}.matchExpressions"))


def selects_all(block: Block, path: str) -> bool:
    """Whether the label selector at `path` is given and picks everything."""
    return (
        block.has(path)
        and not plain_map(block, f"{path}.matchLabels")
        and not block.blocks(f"{path}.matchExpressions")
    )


def picks(block: Block, path: str, labels: Mapping[str, Any]) -> bool:
    """Whether a plain map of labels, as a Service has it, picks something with these labels."""
    wanted = plain_map(block, path)
    return bool(wanted) and _all_equal(block, path, wanted, labels)


def _all_equal(block: Block, path: str, wanted: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    for name in wanted:
        if name not in labels:
            return False
    return all(known(block, path, wanted, name) == known(block, path, labels, name) for name in wanted)


def _expressed(entry: Block, labels: Mapping[str, Any]) -> bool:
    name, operator = entry.text("key"), entry.text("operator")
    given = known(entry, "key", labels, name) if name in labels else None
    match operator:
        case "In":
            return given in entry.texts("values")
        case "NotIn":
            return given not in entry.texts("values")
        case "Exists":
            return given is not None
        case _:
            return given is None


class Index:
    """The objects of a stack by namespace and name: `graph.fact(Index)`, read once for each set of types."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._inside: dict[tuple[str, ...], dict[str, list[KubernetesObject]]] = {}
        self._named: dict[tuple[str, ...], dict[tuple[str, str], list[KubernetesObject]]] = {}
        self._untraced: dict[tuple[str, ...], NotJudged] = {}

    def inside(self, namespace: str, *tokens: str) -> list[KubernetesObject]:
        """Give the objects in a namespace, patches left out. Raises NotJudged when one may lie anywhere."""
        self._read(tokens)
        if tokens in self._untraced:
            raise self._untraced[tokens]
        return self._inside[tokens].get(namespace, [])

    def named(self, namespace: str, name: str, *tokens: str) -> list[KubernetesObject]:
        """Give the objects of a name in a namespace, patches left out.

        Raises NotJudged when none is found, but one may be called so.
        """
        self._read(tokens)
        found = self._named[tokens].get((namespace, name), [])
        if not found and tokens in self._untraced:
            raise self._untraced[tokens]
        return found

    def _read(self, tokens: tuple[str, ...]) -> None:
        if tokens in self._inside:
            return
        inside = self._inside[tokens] = {}
        named = self._named[tokens] = {}
        for resource in self._graph.of(*tokens):
            try:
                places = [
                    (entry.namespace, names_of(entry), entry)
                    for entry in objects(resource)
                    if not entry.partial
                ]
            except NotJudged as reason:
                self._untraced.setdefault(tokens, reason)
                continue
            for namespace, names, entry in places:
                inside.setdefault(namespace, []).append(entry)
                for name in names:
                    named.setdefault((namespace, name), []).append(entry)


def referred(
    source: KubernetesObject,
    block: Block,
    path: str,
    graph: Graph,
    *tokens: str,
    kind: str | None = None,
) -> list[KubernetesObject]:
    """Give the objects in the namespace of `source` that the name at `path` of a block of it names.

    An unknown name is followed to the resource it comes from. Raises NotJudged when it comes from nowhere.
    """
    if block.is_unknown(path):
        at = ".".join(part for part in (block.at, path) if part)
        targets = source.resource.link(at).targets(*tokens)
        found = [entry for target in targets for entry in objects(target) if not entry.partial]
    else:
        name = block.text(path)
        found = graph.fact(Index).named(source.namespace, name, *tokens) if name else []
    return [entry for entry in found if kind is None or entry.kind == kind]


def names_of(entry: KubernetesObject) -> set[str]:
    """Give the names an object goes by: the declared one, the one it got, that of the secret it makes."""
    outputs = entry.resource.outputs
    given = {entry.name}
    if entry.block is entry.resource and not outputs.is_unknown("metadata.name"):
        given.add(outputs.text("metadata.name", entry.name))
    if entry.kind == "ExternalSecret" and entry.block.has("spec.target.name"):
        given.add(entry.block.text("spec.target.name"))
    return given
