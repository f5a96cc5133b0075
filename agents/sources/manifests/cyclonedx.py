"""CycloneDX bills of materials, versions 1.2 to 1.6, as JSON or as XML.

Specification: https://cyclonedx.org/docs/. A component is a dependency by its package URL; one without has a name and
a version, but no ecosystem, so nothing can be matched to it: it is kept, so that the inventory is whole.
"""

from collections.abc import Iterator, Mapping

from agents.sources.manifests.cyclonedx_xml import bom_from_xml
from agents.sources.manifests.dependency import (
    OPTIONAL,
    RUNTIME,
    Dependency,
    Parsed,
    Problem,
    UnreadableError,
    distinct,
    excerpt,
    rows,
    table,
    text,
)
from agents.sources.manifests.purl import parse_purl
from agents.sources.manifests.syntax import json_object

_NO_PACKAGE = frozenset({"file", "device", "firmware", "data", "operating-system", "machine-learning-model"})
_LIMIT = 500

Component = Mapping[str, object]


def parse_cyclonedx(source: str) -> Parsed:
    """Return the components, nested ones too; raises ``UnreadableError`` where it is no CycloneDX document."""
    is_xml = source.lstrip("\ufeff \t\r\n").startswith("<")
    document = bom_from_xml(source) if is_xml else json_object(source)
    if "spdxVersion" in document or "@graph" in document:
        raise UnreadableError("is an SPDX document; export the bill of materials as CycloneDX")
    if document.get("bomFormat") != "CycloneDX":
        raise UnreadableError("has no bomFormat CycloneDX: it is no CycloneDX document")
    direct = _direct(document)
    read = [_dependency(one, direct=direct) for one in _components(document)]
    return Parsed(
        dependencies=distinct(one for one in read if isinstance(one, Dependency)),
        problems=tuple(one for one in read if isinstance(one, Problem)),
    )


def _components(document: Mapping[str, object]) -> Iterator[Component]:
    # A list in place of recursion: how deep a stranger nests is the stranger's choice.
    left = [*reversed(rows(document.get("components")))]
    while left:
        component = table(left.pop())
        if text(component.get("type")) not in _NO_PACKAGE:
            yield component
        left.extend(reversed(rows(component.get("components"))))


def _direct(document: Mapping[str, object]) -> frozenset[str] | None:
    """Return the references that the described thing itself depends on; None where the document does not tell."""
    root = text(table(table(document.get("metadata")).get("component")).get("bom-ref"))
    for entry in rows(document.get("dependencies")):
        about = table(entry)
        if root and about.get("ref") == root:
            return frozenset(text(one) for one in rows(about.get("dependsOn")))
    return None


def _dependency(component: Component, *, direct: frozenset[str] | None) -> Dependency | Problem:
    written = text(component.get("purl"))
    purl = parse_purl(written) if written else None
    name, version = text(component.get("name")), text(component.get("version"))
    if written and purl is None:
        return Problem(reason="the component's purl is no package URL", raw=f"{name} {written}"[:_LIMIT])
    if purl is None and not name:
        return Problem(reason="a component with neither a name nor a purl", raw=excerpt(component))
    group = text(component.get("group"))
    own = f"{group}/{name}" if group else name
    exact = (purl.version if purl else "") or version
    return Dependency(
        ecosystem=purl.ecosystem if purl else "",
        name=(purl.package if purl else own)[:_LIMIT],
        version=exact[:_LIMIT],
        specifier=f"=={exact}"[:_LIMIT] if exact else "",
        direct=None if direct is None else text(component.get("bom-ref")) in direct,
        scope={"optional": OPTIONAL, "excluded": "excluded"}.get(text(component.get("scope")), RUNTIME),
        purl=written[:_LIMIT],
    )
