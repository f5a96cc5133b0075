"""PyPI: PEP 440 by ``packaging``; what is older than PEP 440, by setuptools' rules of that time.

``packaging`` dropped its ``LegacyVersion`` in 22.0, but old releases with such versions are still listed in
advisories. Its published rule: every legacy version is older than every PEP 440 one; the text is cut into numbers,
words, dots and hyphens; numbers are newer than words; ``dev`` comes first, ``pre``, ``preview`` and ``rc`` count as
``c``; a hyphen marks a patch, newer than the release itself.
"""

import re

from packaging.version import Version

from agents.analysis.versions.natural import number

PART = re.compile(r"[0-9]+|[a-z]+|\.|-|[^0-9a-z.-]+")
MEANING = {"pre": "c", "preview": "c", "-": "final-", "rc": "c", "dev": "@"}
FINAL = "final"
ZERO = (1, number("0"))
HYPHEN = (0, "final-")


def pypi_key(version: str) -> tuple[object, ...] | None:
    """Return the key of a PEP 440 version; None where it is none."""
    try:
        return (Version(version),)
    except ValueError:  # InvalidVersion is one; so is a number of more digits than int() reads
        return None


def legacy_key(version: str) -> tuple[object, ...]:
    """Return the key of a version from before PEP 440."""
    parts: list[tuple[int, object]] = []
    for part in [*PART.findall(version.lower()), FINAL]:
        if part == ".":
            continue
        word = MEANING.get(part, part)
        if word[0] in "0123456789":
            parts.append((1, number(word)))
            continue
        drop_before(word, parts)
        parts.append((0, word))
    return tuple(parts)


def drop_before(word: str, parts: list[tuple[int, object]]) -> None:
    """Remove from the end of ``parts`` what means nothing before a word: hyphens before pre-releases, and zeros."""
    while word < FINAL and parts and parts[-1] == HYPHEN:
        parts.pop()
    while parts and parts[-1] == ZERO:
        parts.pop()
