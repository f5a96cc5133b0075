"""What a piece of HTML says, as plain text: in one pass over it, whatever is broken or hostile in it."""

import re
from collections.abc import Iterator
from html import unescape

from agents.sources.text import clean

_LINE = re.compile(
    "/?(?:address|article|aside|blockquote|br|caption|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|header|hr"
    "|li|main|nav|ol|pre|section|table|tbody|tfoot|thead|tr|ul)"
)
"""Tags where a line ends."""
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_HIDDEN = frozenset({"script", "style", "title", "iframe"})
"""Elements whose content nobody is meant to read."""
_TAG = re.compile(r"/?[A-Za-z][A-Za-z0-9:-]*")
_MARKUP = re.compile(r"</?[A-Za-z]")
"""Without any, line ends are the author's own."""
_EMPTY_LINES = re.compile(r"\n{3,}")


def plain(markup: str, *, limit: int) -> str:
    """Return the text of some HTML, at most ``limit`` characters: headings with ``#``, items of lists with ``-``."""
    parts: list[str] = []
    size = 0
    kept = not _MARKUP.search(markup)
    for tag, text in _tokens(markup):
        kept = kept if tag not in {"pre", "/pre"} else tag == "pre"
        part = _before(tag) + unescape(text if kept else text.replace("\n", " "))
        parts.append(part)
        size += len(part)
        if size > limit * 4:
            break
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return clean(_EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip(), limit=limit)


def _before(tag: str) -> str:
    """Return what stands in the text where a tag stands."""
    name = tag.lstrip("/")
    if tag in _HEADINGS:
        return f"\n\n{_HEADINGS[tag]} "
    if tag == "li":
        return "\n- "
    if name in _HEADINGS or name == "p":
        return "\n\n"
    if name in {"td", "th", "img"}:
        return " "
    return "\n" if _LINE.fullmatch(tag) else ""


def _tokens(markup: str) -> Iterator[tuple[str, str]]:
    """Yield tags in small letters, ``/`` before the ending ones, each with the text after it."""
    first, *rest = "".join(_outside_comments(markup)).split("<")
    yield "", first
    until = ""
    for part in rest:
        tag, text = _token(part)
        if until and tag != until:
            continue
        until = f"/{tag}" if tag in _HIDDEN else ""
        yield tag, "" if until else text


def _outside_comments(markup: str) -> Iterator[str]:
    """Yield what stands outside of comments; one that does not end goes on to the end."""
    begin = 0
    while (comment := markup.find("<!--", begin)) >= 0:
        yield markup[begin:comment]
        end = markup.find("-->", comment + len("<!--"))
        begin = end + len("-->") if end >= 0 else len(markup)
    yield markup[begin:]


def _token(part: str) -> tuple[str, str]:
    """Return the tag that what follows a ``<`` is, and the text after it; what is no tag is text."""
    found = _TAG.match(part)
    if found is None:
        return "", part.partition(">")[2] if part.startswith(("!", "?")) else f"<{part}"
    return found[0].lower(), part.partition(">")[2]
