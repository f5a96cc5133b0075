"""Alpine and other users of apk: the order of apk-tools' ``version.c``.

``number{.number}...{letter}{_suffix{number}}...{~hash}{-r#}``. Versions are compared token by token; where the kinds
of token differ, the earlier kind in that list is newer, but a pre-release suffix (alpha, beta, pre, rc) is older
than anything. A number with a leading zero, after the first, sorts as text. What cannot be read ends the version, and
such a version is older than one that ends there.

Own code: univers borrows Gentoo's rules and refuses digits after the letter (6.0.2p1) and leading zeros (006).
"""

import re

from agents.analysis.versions.natural import number

SUFFIXES = {"alpha": -4, "beta": -3, "pre": -2, "rc": -1, "cvs": 0, "svn": 1, "git": 2, "hg": 3, "p": 4}
PRE_RELEASE, INVALID, END, REVISION, HASH, SUFFIX_NUMBER, SUFFIX, LETTER, NUMBER = range(9)
"""Kinds of token, oldest first."""
NUMBERS = re.compile(r"[0-9]*(?:\.[0-9]*)*")
LETTER_PART = re.compile(r"([a-z])([0-9]*(?:\.[0-9]+)*)")
SUFFIX_PART = re.compile(rf"_({'|'.join(SUFFIXES)})(?![a-z])([0-9]*)")
HASH_PART = re.compile(r"~([0-9a-f]+)")
REVISION_PART = re.compile(r"-r(?![a-z])([0-9]*)")

Token = tuple[int, object]


def alpine_key(version: str) -> tuple[object, ...] | None:
    """Return the key of an apk version: any text has one, except the empty one."""
    if not version:
        return None
    match = NUMBERS.match(version)
    head = match[0] if match else ""
    tokens = number_tokens(head)
    rest = version[len(head) :]
    for read in (letter_tokens, suffix_tokens, hash_tokens, revision_tokens):
        found, rest = read(rest)
        tokens += found
    return (*tokens, (INVALID,) if rest else (END,))


def number_tokens(dotted: str) -> list[Token]:
    """Return the tokens of dotted numbers: the first is a number, the others text where they begin with zero.

    Nothing between two dots means nothing.
    """
    first, *others = dotted.split(".")
    return [(NUMBER, (1, number(first))), *((NUMBER, component(digits)) for digits in others if digits)]


def component(digits: str) -> tuple[int, object]:
    """Return the key of a number after the first: one with a leading zero is older than any other."""
    return (0, digits) if digits.startswith("0") else (1, number(digits))


def letter_tokens(text: str) -> tuple[list[Token], str]:
    """Read the letter and the digits that may follow it, as in 6.0.2p1."""
    match = LETTER_PART.match(text)
    if match is None:
        return [], text
    digits = number_tokens(match[2]) if match[2] else []
    return [(LETTER, match[1]), *digits], text[match.end() :]


def suffix_tokens(text: str) -> tuple[list[Token], str]:
    """Read any number of suffixes such as ``_rc1`` and ``_p2``."""
    tokens: list[Token] = []
    while match := SUFFIX_PART.match(text):
        rank = SUFFIXES[match[1]]
        tokens.append((PRE_RELEASE if rank < 0 else SUFFIX, rank))
        if match[2]:
            tokens.append((SUFFIX_NUMBER, number(match[2])))
        text = text[match.end() :]
    return tokens, text


def hash_tokens(text: str) -> tuple[list[Token], str]:
    """Read the commit that a version was built from."""
    match = HASH_PART.match(text)
    return ([(HASH, match[1])], text[match.end() :]) if match else ([], text)


def revision_tokens(text: str) -> tuple[list[Token], str]:
    """Read the package's revision; one without a number is zero."""
    match = REVISION_PART.match(text)
    return ([(REVISION, number(match[1]))], text[match.end() :]) if match else ([], text)
