"""Maven: the "Version Order Specification" of Maven's POM reference, as it was before Maven 3.8.7.

Since then ``.rc1`` equals ``-rc1``; the advisories' ranges, and the recorded comparisons, were made before that.
Versions are compared in pairs, because what a missing token counts as depends on the token that it is compared with.
So Maven's order has rings on odd versions (1.0.0-gradle < 1.0.0.RC7 < 1.0.0 < 1.0.0-gradle), and this one has them too.

Own code: univers reads ``release`` as an unknown qualifier, so that 5.2.0.RELEASE is not 5.2.0, and keeps a null
qualifier before a number (1-1 differs from 1-ga-1).
"""

import re
from functools import cmp_to_key
from itertools import zip_longest

from agents.analysis.versions.natural import Number, number

TOKEN = re.compile(r"([.-]?)([0-9]+|[^0-9.-]*)")
ALIASES = {"cr": "rc", "final": "", "ga": "", "release": ""}
SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}
KNOWN = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
DOT_QUALIFIER, HYPHEN_QUALIFIER, HYPHEN_NUMBER, DOT_NUMBER = range(4)
"""Kinds of token, oldest first."""
RANKS = {word: rank for rank, word in enumerate(KNOWN, start=1)}
RELEASE = (RANKS[""], "")
ZERO = number("0")

Token = tuple[int, Number]
"""A kind, then a number's key; or for a qualifier (its place among the known ones, its text)."""


def maven_key(version: str) -> tuple[object, ...] | None:
    """Return the key of a Maven version: any text has one, except the empty one."""
    if not version:
        return None
    return (cmp_to_key(compare_tokens)(without_nulls(version_tokens(version.lower()))),)


def compare_tokens(left: list[Token], right: list[Token]) -> int:
    """Return -1, 0 or 1; the shorter list goes on with whatever is null beside the longer one's token."""
    for mine, theirs in zip_longest(left, right):
        a, b = mine or null_beside(theirs), theirs or null_beside(mine)
        if a != b:
            return -1 if a < b else 1
    return 0


def null_beside(token: Token) -> Token:
    """Return what a missing token counts as beside this one."""
    kind = token[0]
    if kind == DOT_NUMBER:
        return (DOT_NUMBER, ZERO)
    return (HYPHEN_QUALIFIER if kind == HYPHEN_NUMBER else kind, RELEASE)


def version_tokens(text: str) -> list[Token]:
    """Cut the text at dots, hyphens and changes between digits and letters; such a change counts as a hyphen."""
    pieces = [(match[1], match[2], match.end()) for match in TOKEN.finditer(text) if match[0]]
    first = [token(".", "")] if text[0] in ".-" else []
    return first + [
        token(separator or ("-" if index else "."), piece, following=text[end : end + 1])
        for index, (separator, piece, end) in enumerate(pieces)
    ]


def token(separator: str, piece: str, *, following: str = "") -> Token:
    """Return one token; an empty piece counts as zero, and a qualifier may be shortened before a digit."""
    after_dot = separator == "."
    if not piece or piece[0] in "0123456789":
        return (DOT_NUMBER if after_dot else HYPHEN_NUMBER, number(piece))
    word = SHORT.get(piece, piece) if following.isdecimal() else piece
    word = ALIASES.get(word, word)
    kind = DOT_QUALIFIER if after_dot else HYPHEN_QUALIFIER
    return (kind, (RANKS[word], "") if word in RANKS else (len(KNOWN) + 1, word))


def without_nulls(tokens: list[Token]) -> list[Token]:
    """Leave out zeros and empty qualifiers at the end and before every hyphen."""
    kept: list[Token] = []
    for current in tokens:
        if current[0] in {HYPHEN_QUALIFIER, HYPHEN_NUMBER}:
            drop_nulls(kept)
        kept.append(current)
    drop_nulls(kept)
    return kept


def drop_nulls(tokens: list[Token]) -> None:
    """Remove null tokens from the end of the list."""
    while tokens and tokens[-1][1] in {ZERO, RELEASE}:
        tokens.pop()
