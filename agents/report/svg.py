"""From a drawn figure to SVG that may stand inside a page: an allow list of elements and attributes, and nothing else.

No style attribute or element (the page's policy forbids them), no script, no reference that leaves the picture, ids of
its own, and a text alternative.
"""

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from agents.contract import Frozen
from agents.report.escape import paragraphs
from agents.report.palette import ROLES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
HASH_SALT = "lookout"
BROAD = 500
"""Points of width beyond which a picture needs the page's whole width."""
ELEMENTS = frozenset({"svg", "g", "path", "rect", "circle", "text", "tspan", "defs", "clipPath", "use"})
ATTRIBUTES = frozenset(
    {
        *(
            "id",
            "class",
            "d",
            "x",
            "y",
            "width",
            "height",
            "cx",
            "cy",
            "r",
            "viewBox",
            "transform",
            "clip-path",
            "href",
        ),
        *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap"),
        *("stroke-linejoin", "font-size", "font-weight", "text-anchor", "opacity"),
    }
)
METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_NAMED_LABEL = re.compile(r"^@(\d+)@$")
_WHITE = re.compile(r"\s+")
_LONG_FRACTION = re.compile(r"(\.\d\d)\d+")


class Table(Frozen):
    """The figures behind a picture, for whom it is no help: the first column names each row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Picture(Frozen):
    """One picture: its markup, and the same said in words for whom it is no help.

    ``summary`` says what is drawn and is part of the markup; ``caption`` is what stands below it on the page.
    """

    svg: str
    title: str
    summary: str
    caption: str
    table: Table
    broad: bool = False
    """Whether it needs the page's whole width."""


def label(index: int) -> str:
    """Return the stand-in that is drawn for the text ``labels[index]``: a stranger's text never reaches the drawing."""
    return f"@{index}@"


def inline(
    figure: "Figure",
    *,
    key: str,
    title: str,
    summary: str,
    table: Table,
    caption: str = "",
    labels: Sequence[str] = (),
) -> Picture:
    """Return the figure as a picture. ``key`` is unique within the page and goes before each of its ids."""
    root = ET.fromstring(_drawn(figure))  # noqa: S314 - the text comes from our own drawing a line before
    clean = _copied(root, key=key, labels=labels)
    _describe(clean, key=key, title=title, summary=summary)
    broad = figure.get_size_inches()[0] * 72 > BROAD
    markup = ET.tostring(clean, encoding="unicode")
    return Picture(svg=markup, title=title, summary=summary, caption=caption or summary, table=table, broad=broad)


def _drawn(figure: "Figure") -> str:
    from matplotlib import rc_context  # noqa: PLC0415 - 77 MB of memory, for the reporting agent's own step only

    sink = StringIO()
    with rc_context({"svg.hashsalt": HASH_SALT, "svg.fonttype": "none"}):
        figure.savefig(sink, format="svg", metadata=METADATA, transparent=True)
    return sink.getvalue()


def _copied(source: ET.Element, *, key: str, labels: Sequence[str]) -> ET.Element:
    name = _local(source.tag)
    result = ET.Element(name, _attributes(source, key=key))
    result.text = _text(source.text or "", labels=labels) if name in {"text", "tspan"} else None
    children = (_copied(child, key=key, labels=labels) for child in source if _local(child.tag) in ELEMENTS)
    result.extend(child for child in children if not _is_unseen(child))
    return result


def _local(name: str) -> str:
    """Return the name without its namespace: inside a page, the page's own parser gives it the right one."""
    return name.rpartition("}")[2]


def _attributes(source: ET.Element, *, key: str) -> dict[str, str]:
    given = {_local(name): value for name, value in source.attrib.items()}
    styled = {**given, **_declarations(given.get("style", ""))}
    classes = [_role(styled, name) for name in ("fill", "stroke")]
    result = {name: _value(name, value, key=key) for name, value in styled.items() if name in ATTRIBUTES}
    if _local(source.tag) == "g":
        result.pop("id", None)
    if any(classes):
        result["class"] = " ".join(filter(None, classes))
    return {name: value for name, value in result.items() if value}


def _declarations(style: str) -> dict[str, str]:
    pairs = (entry.partition(":") for entry in style.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if value}


def _role(attributes: dict[str, str], name: str) -> str:
    """Take the colour out of the attributes where it stands for a role, and return the role's class."""
    role = ROLES.get(attributes.get(name, "").lower())
    if role is None:
        return ""
    del attributes[name]
    return f"{name[0]}-{role}"


def _value(name: str, value: str, *, key: str) -> str:
    """Return the value with ids made unique to the picture; references that leave it become nothing."""
    if name == "id":
        return f"{key}-{value}"
    if name == "href":
        return f"#{key}-{value[1:]}" if value.startswith("#") else ""
    if value.startswith("url("):
        return f"url(#{key}-{value[5:]}" if value.startswith("url(#") else ""
    if name == "font-size":
        return value.removesuffix("px")
    if value.startswith("rotate(-0 "):  # what matplotlib writes for text that is not turned
        return ""
    return _LONG_FRACTION.sub(r"\1", _WHITE.sub(" ", value).strip())


def _text(text: str, *, labels: Sequence[str]) -> str:
    named = _NAMED_LABEL.match(text)
    return paragraphs(labels[int(named.group(1))]) if named else text


def _is_unseen(element: ET.Element) -> bool:
    """Whether the element shows nothing: an empty group, or the transparent ground of the figure."""
    bare = element.get("fill") == "none" and "class" not in element.attrib
    return bare or (element.tag in {"g", "defs"} and len(element) == 0)


def _describe(root: ET.Element, *, key: str, title: str, summary: str) -> None:
    for name in ("width", "height", "version", "id"):
        root.attrib.pop(name, None)
    about: Mapping[str, str] = {"title": title, "desc": summary}
    for at, (name, words) in enumerate(about.items()):
        described = ET.Element(name, {"id": f"{key}-{name}"})
        described.text = paragraphs(words)
        root.insert(at, described)
    root.set("role", "img")
    root.set("aria-labelledby", f"{key}-title {key}-desc")
    root.set("class", "picture")
