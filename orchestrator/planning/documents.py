"""One YAML file as a tree of nodes that know their place, with limits against files that are made to hurt.

Nodes, not values: only they say in which line and column a fault stands. PyYAML composes them; nothing is constructed
here, so no tag of the file can make an object.
"""

from pathlib import Path
from typing import Protocol

import yaml

from orchestrator.errors import WatchlistError
from orchestrator.planning.problems import Problem, shown

MAX_BYTES = 8 * 1024 * 1024
MAX_NODES = 500_000
"""Nodes of the document with every alias written out (a file of 1 KB can stand for 10^9 of them)."""
MAX_DEPTH = 30

_TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels, or an alias contains itself; write it flat"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Mark(Protocol):
    """A place in a text, from 0: each of PyYAML's parsers has a class of its own for it."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


def read_text(path: Path) -> str:
    """Return the file's text. WatchlistError where it is missing, unreadable, too large, or not UTF-8."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(path, f"is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except FileNotFoundError as error:
        raise _refused(path, "there is no such file; give the path of a watchlist, e.g. watchlist.yaml") from error
    except IsADirectoryError as error:
        raise _refused(path, "is a folder; give the watchlist file in it") from error
    except PermissionError as error:
        raise _refused(path, "this user may not read it; change its mode, or run as its owner") from error
    except (OSError, ValueError) as error:
        raise _refused(path, f"cannot be read: {error}") from error
    if len(raw) > MAX_BYTES:
        raise _refused(path, f"is larger than {MAX_BYTES} bytes; split it into several watchlists")
    return text


def _refused(path: Path, message: str) -> WatchlistError:
    """Return the error for a file as a whole."""
    return WatchlistError(f"{path}: {message}")


def compose(text: str, *, file: str) -> yaml.MappingNode:
    """Return the document's root node, within the limits. WatchlistError where the text is no YAML mapping."""
    try:
        _refuse_deep(text, file=file)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise WatchlistError(str(_syntax(error, file=file))) from error
    except yaml.reader.ReaderError as error:
        raise WatchlistError(str(_not_allowed(chr(error.character), text=text, file=file))) from error
    if root is None:
        raise WatchlistError(f"{file}: is empty; it needs 'targets:' and a list below it")
    if not isinstance(root, yaml.MappingNode):
        message = "is not a mapping; begin with 'targets:' and a list below it"
        raise WatchlistError(str(place(root, file=file, field="", message=message)))
    if _measure(root, depth=0, sizes={}, file=file) > MAX_NODES:
        message = f"stands for more than {MAX_NODES} values with its aliases written out; use fewer '*' aliases"
        raise WatchlistError(f"{file}: {message}")
    return root


def _refuse_deep(text: str, *, file: str) -> None:
    """Refuse a text that is nested too deep, from its events alone: composing it would overflow the C stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise WatchlistError(str(_at(event.start_mark, file=file, message=_TOO_DEEP)))


def place(node: yaml.Node, *, file: str, field: str, message: str) -> Problem:
    """Return a problem at a node's place."""
    return _at(node.start_mark, file=file, message=message).model_copy(update={"field": field})


def _at(mark: _Mark | None, *, file: str, message: str) -> Problem:
    """Return a problem at a mark; of the whole file where there is none."""
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return Problem(file=file, line=line, column=column, message=message)


def _measure(node: yaml.Node, *, depth: int, sizes: dict[int, int], file: str) -> int:
    """Return how many nodes a node stands for; each is measured once, however many aliases name it."""
    if id(node) not in sizes:
        if depth > MAX_DEPTH:
            raise WatchlistError(str(place(node, file=file, field="", message=_TOO_DEEP)))
        below = (_measure(child, depth=depth + 1, sizes=sizes, file=file) for child in _children(node))
        sizes[id(node)] = 1 + sum(below)
    return sizes[id(node)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    """Return the nodes right below a node."""
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _syntax(error: yaml.MarkedYAMLError, *, file: str) -> Problem:
    """Return the problem for text that is no YAML, at the place where the parser gave up."""
    said = ", ".join(part for part in (error.context, error.problem) if part)
    message = f"no valid YAML: {said}; look at the indentation, quotes and colons here and one line above"
    return _at(error.problem_mark, file=file, message=message)


def _not_allowed(character: str, *, text: str, file: str) -> Problem:
    """Return the problem for a character that YAML does not allow; the parsers count bytes, people do not."""
    before = text.partition(character)[0]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    message = f"the character {shown(character)} is not allowed in YAML; remove it"
    return Problem(file=file, line=line, column=column, message=message)
