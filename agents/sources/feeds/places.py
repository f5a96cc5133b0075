"""Where the entries of a document are: as the XML parser says, or as their tags look."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

_DEPTH = 1_000
_ENTRIES = frozenset({"item", "entry"})
_EDGE = re.compile(rb"<(/?)(?:[A-Za-z_][\w.-]*:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)


class Place(NamedTuple):
    """Where an entry begins and ends, in bytes, and what is wrong with it at first sight."""

    begin: int
    end: int
    fault: str = ""


class _TooDeepError(Exception):
    """The parser need not go on."""


def places(data: bytes, *, most: int) -> tuple[list[Place], int, str]:
    """Return where the first entries are, how many there are, and why the document is not well-formed."""
    finder = _Finder(data, most=most)
    fault = _parsed(finder.parser, data)
    return finder.places, finder.total, fault


class _Finder:
    """Notes where entries begin and end while the parser goes through a document."""

    def __init__(self, data: bytes, *, most: int) -> None:
        self.places: list[Place] = []
        self.total = 0
        self.parser = _parser()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._begin, self._end
        self._data = data
        self._most = most
        self._path: list[str] = []
        self._begun: tuple[int, int] | None = None
        """Depth and place of the entry that the parser is in."""

    def _begin(self, name: str, _: dict[str, str]) -> None:
        local = name.rpartition(" ")[2].lower()
        depth = len(self._path)
        if depth > _DEPTH:
            raise _TooDeepError(f"elements are nested more than {_DEPTH:,} deep")
        placed = depth == 1 or (depth == 2 and self._path[1] == "channel")  # noqa: PLR2004  rss, channel, item
        if self._begun is None and placed and local in _ENTRIES:
            self._begun = depth, self.parser.CurrentByteIndex
        self._path.append(local)

    def _end(self, _: str) -> None:
        self._path.pop()
        if self._begun is None or self._begun[0] != len(self._path):
            return
        self.total += 1
        if self.total <= self._most:
            end = self._data.index(b">", self.parser.CurrentByteIndex) + 1
            self.places.append(Place(self._begun[1], end))
        self._begun = None


def edges(data: bytes) -> Iterator[Place]:
    """Yield where entries seem to begin and end, and what is wrong with those that do not end."""
    begun = -1
    for edge in _EDGE.finditer(data):
        if begun >= 0 and not edge[1]:
            yield Place(begun, edge.start(), "it does not end before the next one begins")
        elif begun >= 0:
            yield Place(begun, data.find(b">", edge.end()) + 1 or len(data))
        begun = -1 if edge[1] else edge.start()
    if begun >= 0:
        yield Place(begun, len(data), "the feed breaks off inside it")


def fault_of(data: bytes) -> str:
    """Return why a document is not well-formed; empty where it is."""
    return _parsed(_parser(), data)


def _parser() -> expat.XMLParserType:
    """Return a parser that resolves namespaces and nothing else: no entity is declared in what it gets."""
    return expat.ParserCreate("utf-8", " ")


def _parsed(parser: expat.XMLParserType, data: bytes) -> str:
    try:
        parser.Parse(data, True)  # noqa: FBT003  expat's own signature
    except expat.ExpatError as error:
        return f"line {error.lineno}: {expat.ErrorString(error.code)}"
    except _TooDeepError as error:
        return str(error)
    return ""
