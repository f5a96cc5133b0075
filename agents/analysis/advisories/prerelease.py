"""Whether a version is a pre-release, by its ecosystem's rules: nobody is told to upgrade to one."""

import re

from packaging.version import InvalidVersion, Version

from agents.analysis.versions.ecosystems import ORDERS, SEMVER
from agents.analysis.versions.semver import VERSION

PYPI = "pypi"
HYPHEN = frozenset({"nuget", "pub"})
"""Ecosystems beside those of SemVer in which what follows the numbers makes a pre-release (SemVer 2.0.0, item 9)."""
WORDS = re.compile(r"(?:[0-9]|[-._~+])(?:alpha|beta|cr|dev|milestone|pre|preview|rc|snapshot)(?![a-z])", re.IGNORECASE)
PSEUDO = re.compile(r"[-.][0-9]{14}-[0-9a-f]{12}$")
"""How Go calls a commit: fixes are often named by one."""


def is_prerelease(ecosystem: str, version: str) -> bool:
    """Whether the version is a pre-release; ``ecosystem`` is that of a Package.

    PyPI by PEP 440, those with SemVer's rules by SemVer; everywhere else, and for what those cannot read, by the words
    that people use. A commit in place of a version, as Go has them, is none.
    """
    if ecosystem == PYPI:
        try:
            return Version(version).is_prerelease
        except InvalidVersion:
            return WORDS.search(version) is not None
    if ecosystem in HYPHEN or ORDERS.get(ecosystem) is SEMVER:
        read = VERSION.fullmatch(version)
        return bool(read and read[4]) and not PSEUDO.search(version)
    return WORDS.search(version) is not None
