"""A stranger's text, made safe for the place where it is shown. HTML is jinja2's autoescape on top of ``paragraphs``.

What can steer a terminal or a reader's eye never passes: escape sequences are taken out; control characters,
bidirectional controls, invisible format characters, private and unassigned ones are shown as ``⟦U+202E⟧``, so that an
attempt stays visible (see "Trojan Source", Boucher and Anderson, 2021).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from math import isfinite

from pydantic import JsonValue

LINE_LIMIT = 300
TEXT_LIMIT = 4_000
DEPTH_LIMIT = 24

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, erase
    r"|(?:\x1b[\]P^_X]|[\x9d\x90\x9e\x9f\x98])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)"  # OSC and its kin
    r"|\x1b[ -/]*[0-~]"  # two-character escapes
)
_SILENT = re.compile("[\u00ad\ufeff]")  # soft hyphen and byte order mark: harmless, and common
_JOINER = re.compile(r"(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")  # part of emoji and of some scripts' spelling
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BREAKS = re.compile(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")

_TOKEN = re.compile(r"[^\s|]+|\|")
_LINKED = re.compile(r"://|@|\bwww\.|\bmailto:|#\d", re.IGNORECASE)  # what renderers turn into links and mentions
_LOOKS_LIKE_BACKTICK = "\N{MODIFIER LETTER GRAVE ACCENT}"
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_LEADING = re.compile(r"^(\d*)([-+=.)])")  # what would begin a list, an underline of a heading, or a rule


def plain(text: str, *, limit: int = LINE_LIMIT) -> str:
    """Return the text as one line of at most ``limit`` characters that is safe on a terminal."""
    return bounded(" ".join(paragraphs(text, limit=limit * 8).split()), limit=limit)


def paragraphs(text: str, *, limit: int = TEXT_LIMIT) -> str:
    """Return the text with plain line breaks, all that is unsafe taken out or made visible, at most ``limit`` long."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text  # Nearly all of a report's texts: printable ASCII holds nothing to take out.
    lines = _BREAKS.split(_SILENT.sub("", _SEQUENCE.sub("", text[: limit * 2])))
    return bounded("\n".join(_seen(line) for line in lines), limit=limit)


def markdown(text: str, *, limit: int = LINE_LIMIT) -> str:
    """Return the text as one line of Markdown that shows it and does nothing: no markup, link, mention or formula.

    Whatever a renderer would turn into a link or a mention stands in a code span; safe in a table's cell too.
    """
    return _TOKEN.sub(_marked_down, plain(text, limit=limit))


def code(text: str, *, limit: int = LINE_LIMIT) -> str:
    """Return the text as a Markdown code span, safe in a table's cell; an empty one is nothing."""
    line = plain(text, limit=limit)
    return _code(line.replace("|", "¦")) if line else ""


def cleaned(value: JsonValue, *, depth: int = DEPTH_LIMIT) -> JsonValue:
    """Return the JSON value with every text made safe, no number that JSON cannot say, and cut at ``depth`` levels."""
    if isinstance(value, str):
        return paragraphs(value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping | Sequence):
        return _cleaned_container(value, depth=depth - 1) if depth else None
    return value


def bounded(text: str, *, limit: int) -> str:
    """Return the text, cut with an ellipsis where it is longer than ``limit`` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _cleaned_container(value: Mapping[str, JsonValue] | Sequence[JsonValue], *, depth: int) -> JsonValue:
    if isinstance(value, Mapping):
        return {plain(key): cleaned(entry, depth=depth) for key, entry in value.items()}
    return [cleaned(entry, depth=depth) for entry in value]


def _seen(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    keep = {match.start() for match in _JOINER.finditer(line)}
    return "".join(char if at in keep else _visible(char) for at, char in enumerate(line))


def _visible(char: str) -> str:
    if char == "\t":
        return " "
    return f"⟦U+{ord(char):04X}⟧" if unicodedata.category(char) in _UNSEEN else char


def _marked_down(match: re.Match[str]) -> str:
    token = match.group()
    if _LINKED.search(token):
        return _code(token)
    entities = token.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = _PUNCTUATION.sub(r"\\\1", entities)
    return escaped if match.start() else _LEADING.sub(r"\1\\\2", escaped)


def _code(text: str) -> str:
    return f"`{text.replace('`', _LOOKS_LIKE_BACKTICK)}`"
