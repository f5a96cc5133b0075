"""An entry without what no reader needs: a bound on everything for which feedparser takes more than linear time.

It looks for an address in a person's name in quadratic time, and for each of many attributes, categories and nested
base addresses among all that came before.
"""

from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from agents.sources.feeds.entry import UnreadableError

MOST_TEXT = 200_000
"""Characters of an entry's text; what comes after them is left out."""
MOST_NAME = 1_000
"""Characters of what an element about a person holds."""
_ELEMENTS = 3_000
_DEPTH = 100
_ATTRIBUTES = 30
_VALUE = 4_000
_PERSONS = ("author", "creator", "contributor", "editor", "email", "master", "name", "owner", "publisher")


def thinned(document: bytes) -> bytes:
    """Return a document with no more in it than an entry needs. Raises ``UnreadableError`` where it is none."""
    thinner = _Thinner()
    try:
        thinner.parser.Parse(document, True)  # noqa: FBT003  expat's own signature
    except expat.ExpatError as error:
        raise UnreadableError(f"it is not well-formed ({expat.ErrorString(error.code)})") from error
    return "".join(thinner.parts).encode("utf-8")


class _Thinner:
    """Writes down again what the parser tells, for as long as there is room."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8")
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parts: list[str] = []
        self._left = MOST_TEXT
        self._elements = 0
        self._room: list[int] = []
        """How much text each element may hold that is open."""
        self._passed = 0
        """How many elements are open that are left out."""

    def _begin(self, name: str, attributes: list[str]) -> None:
        self._elements += 1
        if self._passed or self._elements > _ELEMENTS or len(self._room) >= _DEPTH:
            self._passed += 1
            return
        self._room.append(MOST_NAME if any(word in name.lower() for word in _PERSONS) else MOST_TEXT)
        pairs = list(zip(attributes[::2], attributes[1::2], strict=True))[:_ATTRIBUTES]
        self.parts.append(f"<{name}{''.join(f' {key}={quoteattr(value[:_VALUE])}' for key, value in pairs)}>")

    def _end(self, name: str) -> None:
        if self._passed:
            self._passed -= 1
            return
        self._room.pop()
        self.parts.append(f"</{name}>")

    def _text(self, text: str) -> None:
        kept = "" if self._passed else text[: max(0, min(self._left, self._room[-1]))]
        self._left -= len(kept)
        if kept:
            self._room[-1] -= len(kept)
            self.parts.append(escape(kept))
