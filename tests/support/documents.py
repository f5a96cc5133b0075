"""The repository's documents, taken apart: links, code, commands, tables."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_SHELL = frozenset({"sh", "console"})
_ENDS_A_COMMAND = frozenset({"|", ">", "&&", ";", "#", "<<"})


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

    def blocks(self, language: str) -> list[str]:
        """Return its blocks of code in a language."""
        return [found["body"] for found in _FENCE.finditer(self.text) if found["language"] == language]

    def inline(self) -> list[str]:
        """Return the code that stands in its sentences."""
        return _INLINE.findall(self.prose)

    def links(self) -> list[str]:
        """Return where its links and pictures lead, those within the repository."""
        return [place for place in _LINK.findall(self.prose) if "://" not in place]

    def anchors(self) -> set[str]:
        """Return the names of its headings, as links spell them."""
        plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(self.prose))
        return {words.strip().replace(" ", "-") for words in plain}

    def commands(self, program: str) -> Iterator[list[str]]:
        """Yield each call of a program: its words, in blocks of shell and in sentences."""
        lines = [line for language in _SHELL for block in self.blocks(language) for line in block.splitlines()]
        for line in [*lines, *self.inline()]:
            found = re.search(rf"(?:^|[\s/$]){re.escape(program)}(?= |$)", line)
            before = line[: found.start()].strip() if found else ""
            if found and _is_prefix(before):
                yield _words(line[found.end() :])


def _is_prefix(text: str) -> bool:
    """Whether what stands before a program on its line belongs to a command: a prompt, a variable, another program."""
    return all("=" in word or word in {"$", ".venv/bin", "docker", "compose", "exec", "worker-waiting"} or not word
               for word in text.split())  # fmt: skip


def _words(text: str) -> list[str]:
    """Return the words of one command, up to a pipe, a redirection or a comment."""
    words = []
    for word in shlex.split(text.replace("|...", "").replace("...", "")):
        if word in _ENDS_A_COMMAND:
            break
        words.append(word)
    return words
