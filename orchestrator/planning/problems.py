"""One thing that is wrong in a file or an option: where, which field, what stands there, and how to mend it."""

import difflib
from collections.abc import Iterable

from agents.contract import Frozen

_SHOWN = 80
MISSPELT = 0.75
"""So alike that the one was meant for the other."""
_SIMILAR = 0.6
"""Alike enough to be worth asking."""


class Problem(Frozen):
    """One fault. Lines and columns count from 1; 0 where the fault is of the whole file."""

    file: str
    line: int = 0
    column: int = 0
    field: str = ""
    """Where in the document, e.g. ``targets[2].tier``; empty for the document itself."""
    message: str
    """What is wrong with which value, and the remedy."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return ": ".join(part for part in (place, self.field, self.message) if part)


def did_you_mean(word: str, *, among: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest of the known words; empty where none is near."""
    near = nearest(word, among=among, ratio=_SIMILAR)
    return f"did you mean {near!r}?" if near else ""


def nearest(word: str, *, among: Iterable[str], ratio: float = MISSPELT) -> str:
    """Return the known word that this one is most likely a misspelling of; empty where none is near.

    ``ratio`` is the least likeness, 0 to 1, of Ratcliff and Obershelp's measure, as in ``difflib``.
    """
    return next(iter(difflib.get_close_matches(word.casefold(), sorted(among), n=1, cutoff=ratio)), "")


def unknown(word: str, *, what: str, known: Iterable[str]) -> str:
    """Return what to say after a word that is none of the known ones: the nearest of them, and then all."""
    words = sorted(str(each) for each in known)
    hints = [f"is no {what}", did_you_mean(word, among=words), f"known: {', '.join(words)}"]
    return "; ".join(hint for hint in hints if hint)


def shown(value: object) -> str:
    """Return a value as it may stand in a message: quoted, escaped, at most some 80 characters."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
