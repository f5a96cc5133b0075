"""Text and JSON values from outside, made safe to keep: no control characters, no broken Unicode, no endless length.

Postgres refuses NUL and lone surrogates, a terminal obeys escape sequences, and an override of writing direction
makes a line read as something else. None of them carries meaning in a subject line, a name or an advisory.
"""

import math
import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

MAX_DEPTH = 40
"""How deep a kept JSON value may be nested; what lies deeper is dropped."""

_ESCAPE_SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")


def clean(text: str, *, limit: int) -> str:
    """Return the text without control characters, cut to ``limit`` characters; lines and tabs stay."""
    # A cut before the work bounds the work; what is removed could only have made the result shorter.
    bounded = text[: limit * 4].replace("\r\n", "\n").replace("\r", "\n")
    return _UNSAFE.sub("", _ESCAPE_SEQUENCES.sub("", bounded))[:limit]


def clean_line(text: str, *, limit: int) -> str:
    """Return the text as one line: like ``clean``, with every run of white space made one blank."""
    return _BLANKS.sub(" ", clean(text, limit=limit)).strip()


def clean_json(value: object, *, limit: int, depth: int = MAX_DEPTH) -> JsonValue:
    """Return the value as JSON that every store takes: texts cleaned, other things as text, no NaN, bounded depth."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping | list | tuple):
        return _nested(value, limit=limit, depth=depth - 1) if depth else None
    return clean(str(value), limit=limit)


def _nested(value: Mapping[object, object] | Sequence[object], *, limit: int, depth: int) -> JsonValue:
    if isinstance(value, Mapping):
        return {clean(str(key), limit=limit): clean_json(of, limit=limit, depth=depth) for key, of in value.items()}
    return [clean_json(of, limit=limit, depth=depth) for of in value]
