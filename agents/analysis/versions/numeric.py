"""Lists of numbers: R's ``numeric_version`` for CRAN, and Haskell's Package Versioning Policy for Hackage.

Both compare number by number, and where one list begins the other, the longer is newer. R also allows hyphens
between the numbers. Own code: univers has neither.
"""

import re

from agents.analysis.versions.natural import number

CRAN = re.compile(r"[0-9]+(?:[.-][0-9]+)*")
HACKAGE = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def cran_key(version: str) -> tuple[object, ...] | None:
    """Return the key of an R package's version; None where it is no list of numbers."""
    return tuple(map(number, re.split("[.-]", version))) if CRAN.fullmatch(version) else None


def hackage_key(version: str) -> tuple[object, ...] | None:
    """Return the key of a Haskell package's version; None where it is no list of numbers."""
    return tuple(map(number, version.split("."))) if HACKAGE.fullmatch(version) else None
