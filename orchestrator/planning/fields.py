"""Reading typed values out of YAML nodes, and noting everything that is wrong on the way instead of stopping."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, TypeVar

import yaml
from pydantic import JsonValue, TypeAdapter, ValidationError

from orchestrator.planning.documents import place
from orchestrator.planning.problems import Problem, shown, unknown

_TEXTS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "timestamp"))
"""What is read as text: a name of digits, or a folder called ``on``, needs no quotes."""
_MERGE = "tag:yaml.org,2002:merge"
_NULL = "tag:yaml.org,2002:null"
_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])

_Read = TypeVar("_Read")


class Field(NamedTuple):
    """One ``key: value`` of a mapping, with the key's full name in the document."""

    name: str
    key: yaml.Node
    value: yaml.Node


class Notes:
    """The problems of one file, gathered while it is read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def add(self, node: yaml.Node, *, field: str, message: str) -> None:
        """Note a problem at a node's place."""
        self.problems.append(place(node, file=self.file, field=field, message=message))


def fields(node: yaml.Node, *, at: str, known: Collection[str], notes: Notes) -> Mapping[str, Field]:
    """Return a mapping's fields by key; keys that are unknown, doubled or no text are noted and left out."""
    found: dict[str, Field] = {}
    if not isinstance(node, yaml.MappingNode):
        notes.add(node, field=at, message=f"is {kind_of(node)}, not a mapping; write 'key: value' lines")
        return found
    for key, value in node.value:
        word = _key(key, at=at, known=known, notes=notes)
        if word in found:
            first = found[word].key.start_mark.line + 1
            notes.add(key, field=found[word].name, message=f"is given twice, first in line {first}; keep one")
        elif word:
            found[word] = Field(name=f"{at}.{word}" if at else word, key=key, value=value)
    return found


def _key(key: yaml.Node, *, at: str, known: Collection[str], notes: Notes) -> str:
    """Return a key that is known; empty, and noted, where it is not."""
    word = key.value if isinstance(key, yaml.ScalarNode) else ""
    if word in known:
        return word
    if key.tag == _MERGE:
        notes.add(key, field=at, message="'<<' merges are not read; put what is shared under 'defaults:'")
    else:
        notes.add(
            key,
            field=at,
            message=f"{shown(word) if word else kind_of(key)} {unknown(word, what='key here', known=known)}",
        )
    return ""


def text(field: Field, *, notes: Notes, most: int = 4_096) -> str:
    """Return a field's text, trimmed; empty, and noted, where it is no text, blank, too long, or not printable."""
    node = field.value
    if not isinstance(node, yaml.ScalarNode) or node.tag not in _TEXTS | {_NULL}:
        notes.add(node, field=field.name, message=f"is {kind_of(node)}, not text; write one plain value")
        return ""
    words: str = "" if node.tag == _NULL else node.value.strip()
    if not words:
        notes.add(node, field=field.name, message="is empty; give it a value or remove the line")
    elif len(words) > most or not words.isprintable():
        notes.add(node, field=field.name, message=f"{shown(words)} must be one line of at most {most} characters")
        return ""
    return words


def parsed(field: Field, *, by: Callable[[str], _Read], otherwise: _Read, notes: Notes) -> _Read:
    """Return what a parser makes of a field's text; its ValueError becomes a note, and the other value stands in."""
    words = text(field, notes=notes)
    try:
        return by(words) if words else otherwise
    except ValueError as error:
        notes.add(field.value, field=field.name, message=f"{shown(words)} {error}")
        return otherwise


def items(field: Field, *, notes: Notes) -> tuple[Field, ...]:
    """Return the items of a field's list, each as a field named ``list[1]`` and so on, as people count."""
    node = field.value
    if not isinstance(node, yaml.SequenceNode):
        notes.add(node, field=field.name, message=f"is {kind_of(node)}, not a list; write '- ' before each item")
        return ()
    if not node.value:
        notes.add(node, field=field.name, message="is an empty list; give at least one item or remove the line")
    return tuple(Field(name=f"{field.name}[{n}]", key=item, value=item) for n, item in enumerate(node.value, start=1))


def plain(field: Field, *, notes: Notes) -> Mapping[str, JsonValue]:
    """Return a field's mapping as JSON values; empty, and noted, where it holds anything that JSON cannot say."""
    if not isinstance(field.value, yaml.MappingNode):
        notes.add(
            field.value, field=field.name, message=f"is {kind_of(field.value)}, not a mapping; write 'key: value'"
        )
        return {}
    try:
        _refuse_doubled(field.value)
        return _json(yaml.constructor.SafeConstructor().construct_document(field.value))
    except yaml.MarkedYAMLError as error:
        notes.add(field.value, field=field.name, message=f"{error.problem}; use plain text, numbers, lists, mappings")
    except (ValidationError, ValueError) as error:
        said = str(error).splitlines()[-1].strip()
        notes.add(field.value, field=field.name, message=f"holds what JSON cannot say; quote dates and keys ({said})")
    return {}


def _json(value: object) -> dict[str, JsonValue]:
    """Return a value that every JSON reader and Postgres can hold; ValueError for any other."""
    checked = _JSON.validate_python(value, strict=True)
    written = json.dumps(checked, allow_nan=False, ensure_ascii=False)
    if "\\u0000" in written:
        raise ValueError("a zero byte in a text")
    written.encode()
    return checked


def _refuse_doubled(node: yaml.Node) -> None:
    """Raise a ConstructorError for a key that is given twice anywhere below: PyYAML keeps the last."""
    seen: set[tuple[str, str]] = set()
    for child in node.value if isinstance(node, yaml.SequenceNode) else []:
        _refuse_doubled(child)
    for key, value in node.value if isinstance(node, yaml.MappingNode) else []:
        word = (key.tag, str(key.value))
        if word in seen:
            raise yaml.constructor.ConstructorError(problem=f"the key {shown(key.value)} is given twice")
        seen.add(word)
        _refuse_doubled(value)


def kind_of(node: yaml.Node) -> str:
    """Return what a node is, in words, with its value where it is short enough to show."""
    if not isinstance(node, yaml.ScalarNode):
        return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
    return "empty" if node.tag == _NULL else shown(node.value)
