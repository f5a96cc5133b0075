"""Packagist: PHP's ``version_compare`` (PHP manual), after Composer's removal of a leading ``v``.

The text is cut at ``.``, ``-``, ``_``, ``+`` and between digits and others. Words are known by how they begin, in the
order: any other word, dev, alpha or a, beta or b, RC or rc, (end), number, pl or p.

Own code: univers reads these as SemVer and ignores a fourth number and ``-patch1``. PHP holds ``#`` equal to every
number, which is no order; here it equals the end, so that 1.2.3.# is 1.2.3.
"""

import re

from agents.analysis.versions.natural import number

PART = re.compile(r"[0-9]+|[^0-9._+-]+")
FORMS = (("dev", 0), ("alpha", 1), ("a", 1), ("beta", 2), ("b", 2), ("RC", 3), ("rc", 3), ("#", 4), ("pl", 6), ("p", 6))
OTHER, END, NUMBER = (-1,), (4,), 5


def packagist_key(version: str) -> tuple[object, ...] | None:
    """Return the key of a package's version; None where it does not begin with a number (a branch)."""
    text = version[1:] if version[:1] in {"v", "V"} else version
    if text[:1] not in set("0123456789"):
        return None
    parts = [part_key(part) for part in PART.findall(text)]
    while parts[-1] == END:
        parts.pop()
    return (*parts, END)


def part_key(part: str) -> tuple[object, ...]:
    """Return the key of one part: a number, or the first of the known forms that the word begins with."""
    if part[0] in "0123456789":
        return (NUMBER, number(part))
    return next(((rank,) for form, rank in FORMS if part.startswith(form)), OTHER)
