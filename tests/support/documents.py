"""The repository's documents, taken apart: links, code, commands."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATHS = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_ASSIGNMENT = re.compile(r"[A-Z_]+=.*")
_ENDS_A_COMMAND = frozenset({"|", ">", "&&", ";"})
_IN_A_CONTAINER = ["docker", "compose", "exec"]


@dataclass(frozen=True)
class Document:
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        """Its path below the repository's root."""
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        """All that it says."""
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """What stands outside its blocks of code."""
        return _FENCE.sub("", self.text)

    @property
    def inline(self) -> list[str]:
        """The code that stands in its sentences and tables."""
        return _INLINE.findall(self.prose)

    @property
    def links(self) -> list[str]:
        """Where its links and pictures lead, those within the repository."""
        return [place for place in _LINK.findall(self.prose) if "://" not in place]

    @property
    def anchors(self) -> set[str]:
        """The names of its headings, as links spell them."""
        plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(self.prose))
        return {words.strip().replace(" ", "-") for words in plain}

    def blocks(self, language: str) -> list[str]:
        """Return its blocks of code in a language."""
        return [found["body"] for found in _FENCE.finditer(self.text) if found["language"] == language]

    def commands(self, *program: str) -> Iterator[list[str]]:
        """Yield each call of a program, in shell blocks, after prompts and in sentences: the words after its name."""
        shell = [line for block in self.blocks("sh") for line in block.splitlines()]
        typed = [line[2:] for block in self.blocks("console") for line in block.splitlines() if line.startswith("$ ")]
        for line in [*shell, *typed, *self.inline]:
            words = _command(line)
            if words[: len(program)] == list(program):
                yield words[len(program) :]


def _command(line: str) -> list[str]:
    """Return the words of a line's first command, without what only says where it runs; none where it is no shell."""
    try:
        words = list(takewhile(lambda word: word not in _ENDS_A_COMMAND, shlex.split(line, comments=True)))
    except ValueError:  # a lone quotation mark: a sentence's
        return []
    while words and _ASSIGNMENT.fullmatch(words[0]):
        del words[0]
    words = words[4:] if words[:3] == _IN_A_CONTAINER else words
    return [words[0].removeprefix(".venv/bin/"), *words[1:]] if words else []
