"""Lots drawn by words: the same words always draw the same, on every machine and in every version of Python."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

_Any = TypeVar("_Any")


def number(*words: object, below: int) -> int:
    """Return a whole number from 0 up to ``below``, without it."""
    return int.from_bytes(sha256(_text(words)).digest()[:8], "big") % below


def share(*words: object) -> float:
    """Return a number from 0 to 1, without 1."""
    return number(*words, below=2**53) / 2**53


def one_of(options: Sequence[_Any], *words: object) -> _Any:
    """Return one of some options, all as likely."""
    return options[number(*words, below=len(options))]


def sha(*words: object) -> str:
    """Return forty hexadecimal digits, as git names a commit."""
    return sha256(_text(words)).hexdigest()[:40]


def _text(words: Sequence[object]) -> bytes:
    return "\x1f".join(map(str, words)).encode()
