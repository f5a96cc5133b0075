"""A CycloneDX document in XML, brought into the shape of its JSON form; document types and entities are refused."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError, fromstring

from agents.sources.manifests.dependency import UnreadableError

MAX_NESTING = 200
_NAMESPACE = "{http://cyclonedx.org/schema/bom/"


def bom_from_xml(source: str) -> Mapping[str, object]:
    """Return the document as the JSON form would have it; raises ``UnreadableError`` with the line."""
    # Parsed from text, so that no encoding can hide the word from this look.
    if "<!DOCTYPE" in source or "<!ENTITY" in source:
        raise UnreadableError("declares a document type, which no CycloneDX document needs and which can be an attack")
    try:
        root = fromstring(source.lstrip("\ufeff \t\r\n"))  # noqa: S314 - see above: no document type, no entities
    except ParseError as error:
        raise UnreadableError(f"is not XML: {error}", line=error.position[0]) from error
    except ValueError as error:
        raise UnreadableError(f"is not XML: {error}") from error
    if not root.tag.startswith(_NAMESPACE) or not root.tag.endswith("}bom"):
        raise UnreadableError("is XML, but its root is no CycloneDX bom")
    space = root.tag[: -len("bom")]
    described = root.find(f"{space}metadata/{space}component")
    return {
        "bomFormat": "CycloneDX",
        "components": _components(root, space=space, depth=MAX_NESTING),
        "metadata": {"component": {} if described is None else _component(described, space=space, depth=0)},
        "dependencies": [
            {"ref": entry.get("ref"), "dependsOn": [one.get("ref") for one in entry.findall(f"{space}dependency")]}
            for entry in root.findall(f"{space}dependencies/{space}dependency")
        ],
    }


def _components(parent: Element, *, space: str, depth: int) -> list[object]:
    if not depth:
        return []
    return [_component(one, space=space, depth=depth) for one in parent.findall(f"{space}components/{space}component")]


def _component(element: Element, *, space: str, depth: int) -> dict[str, object]:
    words = {
        part: (element.findtext(f"{space}{part}") or "").strip()
        for part in ("name", "group", "version", "scope", "purl")
    }
    return {
        "type": element.get("type"),
        "bom-ref": element.get("bom-ref"),
        **words,
        "components": _components(element, space=space, depth=max(depth - 1, 0)),
    }
