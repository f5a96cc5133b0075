"""A change note's text, taken apart into the sentences that it says, each with the heading that it stands under."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MAX_LINES = 5_000
_MAX_HEADING = 60
_HEADING_WORDS = frozenset(
    {
        *("added", "addition", "additions", "and", "api", "backward", "backwards", "behavior", "behaviour", "breaking"),
        *("bug", "bugfix", "bugfixes", "change", "changed", "changes", "compatibility", "dependencies", "deprecated"),
        *(
            "deprecation",
            "deprecations",
            "docs",
            "documentation",
            "enhancements",
            "feature",
            "features",
            "fix",
            "fixed",
        ),
        *("fixes", "important", "improvements", "incompatible", "incompatibilities", "internal", "major", "minor"),
        *("misc", "miscellaneous", "new", "notable", "notes", "other", "performance", "removal", "removals", "removed"),
        "security",
    }
)
_WORD = re.compile(r"[^\W_]+")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_MARKED = re.compile(r"^\s{0,3}#{1,6}\s+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*_(\"'])")
_FENCE = ("```", "~~~")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a note; ``first`` where it opens its item or paragraph."""

    heading: str
    text: str
    first: bool


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the note's sentences in order. Lines of one item are joined; code between fences is left out."""
    heading = ""
    for block in _blocks(text):
        if _is_heading(block):
            heading = _MARKED.sub("", block).strip()
            continue
        for index, sentence in enumerate(_SENTENCE.split(_BULLET.sub("", block))):
            yield Sentence(heading=heading, text=sentence.strip(), first=index == 0)


def _blocks(text: str) -> Iterator[str]:
    block: list[str] = []
    for line in _lines(text):
        if _starts_block(line) and block:
            yield " ".join(block)
            block = []
        if line.strip():
            block.append(line.rstrip() if not block else line.strip())
        if _MARKED.match(line):
            yield " ".join(block)
            block = []
    if block:
        yield " ".join(block)


def _starts_block(line: str) -> bool:
    return not line.strip() or _BULLET.match(line) is not None or _MARKED.match(line) is not None


def _lines(text: str) -> Iterator[str]:
    fenced = False
    for line in text.splitlines()[:_MAX_LINES]:
        if line.lstrip().startswith(_FENCE):
            fenced = not fenced
        elif not fenced:
            yield line


def _is_heading(block: str) -> bool:
    """Whether a block is a heading: marked so, or one at the margin made of the usual headings' words alone."""
    if _MARKED.match(block):
        return True
    if _BULLET.match(block) or block[:1].isspace():
        return False
    words = _WORD.findall(block.lower()) if len(block) <= _MAX_HEADING else []
    return bool(words) and all(word in _HEADING_WORDS for word in words)
