"""RubyGems: ``Gem::Version``'s documented order, on any text.

A version is its runs of digits and of letters; a hyphen reads as ``.pre.``; letters are older than numbers; zeros
at the end, and at the end of the part before the first letters, mean nothing; a missing part is zero.

Own code: univers refuses versions that RubyGems would not take any more (``1beta``), though advisories list them.
"""

import re

from agents.analysis.versions.natural import Number, number

SEGMENT = re.compile(r"[0-9]+|[a-zA-Z]+")
ZERO = number("0")
END = (0,)


def rubygems_key(version: str) -> tuple[object, ...] | None:
    """Return the key of a gem's version; None where it has neither digits nor letters."""
    segments = SEGMENT.findall(version.replace("-", ".pre."))
    if not segments:
        return None
    letters = next((index for index, part in enumerate(segments) if part.isalpha()), len(segments))
    return padded_key([*without_zeros(segments[:letters]), *without_zeros(segments[letters:])])


def without_zeros(segments: list[str]) -> list[str]:
    """Leave out the zeros at the end."""
    last = len(segments)
    while last and not segments[last - 1].strip("0"):
        last -= 1
    return segments[:last]


def padded_key(segments: list[str]) -> tuple[object, ...]:
    """Return a key that sorts as if each list went on with zeros for ever.

    Zeros are not kept but counted: after ``n`` zeros, a number is newer the smaller ``n`` is, letters are older.
    """
    key: list[object] = []
    zeros = 0
    for segment in segments:
        value: Number | str = segment if segment.isalpha() else number(segment)
        if value == ZERO:
            zeros += 1
            continue
        key.append((-1, zeros, value) if isinstance(value, str) else (1, -zeros, value))
        zeros = 0
    return (*key, END)
