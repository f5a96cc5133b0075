"""Red Hat and other users of rpm: ``[epoch:]version[-release]`` by ``rpmvercmp`` (rpm manual, "Dependencies").

Runs of digits and of letters are compared in turn, everything between them ignored: ``~`` is older than the end, the
end older than ``^``, that older than letters, those older than numbers. The release stands after the last hyphen;
having none is older than having one. An epoch is compared as versions are, and is 0 where none is given.

Own code: univers fails on an epoch that is no number, cuts at the first hyphen, and holds ``1`` equal to ``1-``.
"""

import re

from agents.analysis.versions.natural import number

SEGMENT = re.compile(r"[0-9]+|[a-zA-Z]+|~|\^")
TILDE, END, CARET, LETTERS, NUMBER = range(5)
MARKS = {"~": (TILDE,), "^": (CARET,)}


def rpm_key(version: str) -> tuple[object, ...] | None:
    """Return the key of an rpm version: any text has one, except the empty one."""
    if not version:
        return None
    epoch, colon, rest = version.partition(":")
    name, hyphen, release = (rest if colon else version).rpartition("-")
    upstream = name if hyphen else release
    return (
        segments_key(epoch if colon else "0"),
        segments_key(upstream),
        (1, segments_key(release)) if hyphen else (0,),
    )


def segments_key(text: str) -> tuple[object, ...]:
    """Return the key of one of the three parts."""
    return (*(MARKS.get(part) or segment_key(part) for part in SEGMENT.findall(text)), (END,))


def segment_key(part: str) -> tuple[object, ...]:
    """Return the key of a run of digits or letters."""
    return (NUMBER, number(part)) if part[0] in "0123456789" else (LETTERS, part)
