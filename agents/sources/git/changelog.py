"""A change log's text, split into the sections of its versions. Markdown, reStructuredText and plain text alike.

A heading is a line that starts with a version (after at most a project's name, "Version", "Release" or "v") and says
little else: a date, a code name. That is what the usual forms have in common: Keep a Changelog, conventional
changelogs, setext underlines (Express, Flask), and plain ``1.2.3 (2020-01-31)`` lines. Such a line counts where it is
marked as a heading, by ``#`` or by an underline; in a text without any marked version, unmarked lines at the margin do.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from agents.sources.git.dates import date_in

MAX_SECTIONS = 2_000
MAX_SECTION_CHARACTERS = 20_000
_HEADING_LIMIT = 200
_DATE_LINES = 4

_MARK = re.compile(r"^\s{0,3}(#{1,6})\s+(?P<text>.+?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^([=\-~^\"'`*+#.:_])\1{2,}\s*$")
_VERSION = re.compile(
    r"""^[\[(*_`:\s]*
    (?:(?:what's\ new\ in|changes\ in|release\ notes\ for)\s+)?
    (?:(?!v?\d)[A-Za-z][\w.-]{0,40}\s+){0,2}?
    \[?v?(?P<version>\d+(?:\.(?:\d+|x\b))+(?:[-.+]?[A-Za-z0-9]+(?:[.+-][A-Za-z0-9]+)*)?|unreleased)
    (?P<rest>(?:[\s\]()\[*_`:,/\u2013\u2014-].*)?)$""",
    re.IGNORECASE | re.VERBOSE,
)
_LINK = re.compile(r"\]\([^)]*\)|\[[^\]]*\]|<[^>]*>")
_WORD = re.compile(r"[A-Za-z]{2,}")
_MAX_WORDS = 6
_DATE_LABEL = re.compile(r"^[\s:*_>-]*(?:re-?leased?(?:\s+(?:on|date))?|date|published)\b[\s:*_]*", re.IGNORECASE)
_TO_COME = re.compile(r"\b(?:unreleased|(?:not|to be) (?:yet )?released|in development)\b", re.IGNORECASE)
_BARE_DATE = re.compile(r"^[\s*_(>-]*[\w ,./-]{8,24}[\s*_)]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What a change log says of one version."""

    version: str
    """As it is written, without a leading ``v``; ``unreleased`` for what is to come."""
    heading: str
    date: date | None
    unreleased: bool
    text: str
    line: int
    """Where its heading stands, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heading:
    line: int
    below: int
    """First line under the heading and its underline."""
    text: str
    version: str


def sections(text: str) -> tuple[Section, ...]:
    """Return the sections in the text's order, which is newest first in most; none where no version is a heading."""
    lines = text.splitlines()
    headings = list(_marked(lines)) or list(_unmarked(lines))
    ends = [(first, second.line) for first, second in pairwise(headings)]
    if headings:
        ends.append((headings[-1], len(lines)))
    return tuple(_section(heading, lines=lines, end=end) for heading, end in ends[:MAX_SECTIONS])


def _marked(lines: Sequence[str]) -> Iterator[_Heading]:
    fenced = False
    for number, whole in enumerate(lines):
        line = whole[:_HEADING_LIMIT]
        fenced ^= line.lstrip().startswith("```")
        mark = _MARK.match(line)
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if fenced or not line.strip():
            continue
        if mark is not None:
            yield from _heading(mark["text"], line=number, below=number + 1)
        elif _UNDERLINE.match(below) and not _UNDERLINE.match(line):
            yield from _heading(line, line=number, below=number + 2)


def _unmarked(lines: Sequence[str]) -> Iterator[_Heading]:
    for number, line in enumerate(lines):
        if line[:1].strip():
            yield from _heading(line, line=number, below=number + 1)


def _heading(text: str, *, line: int, below: int) -> Iterator[_Heading]:
    match = _VERSION.match(text.strip()[:_HEADING_LIMIT])
    if match is not None and len(_WORD.findall(_LINK.sub(" ", match["rest"]))) <= _MAX_WORDS:
        yield _Heading(line=line, below=below, text=text.strip()[:_HEADING_LIMIT], version=match["version"].lower())


def _section(heading: _Heading, *, lines: Sequence[str], end: int) -> Section:
    body = [line for line in lines[heading.below : end] if not _UNDERLINE.match(line)]
    return Section(
        version=heading.version,
        heading=heading.text,
        date=_date(heading, body=body),
        unreleased=_TO_COME.search(" ".join([heading.text, *_first(body)[:1]])) is not None,
        text="\n".join(body).strip()[:MAX_SECTION_CHARACTERS],
        line=heading.line + 1,
    )


def _date(heading: _Heading, *, body: Sequence[str]) -> date | None:
    found = date_in(heading.text)
    if found is not None:
        return found
    # Some write "Released 2023-09-30", ":Date: ..." or a date alone under the heading.
    dated = (date_in(line) for line in _first(body) if _DATE_LABEL.match(line) or _BARE_DATE.match(line))
    return next((when for when in dated if when is not None), None)


def _first(body: Sequence[str]) -> list[str]:
    return [line[:_HEADING_LIMIT] for line in body if line.strip()][:_DATE_LINES]
