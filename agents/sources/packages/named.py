"""Which package a target names, and which index would know of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NoReturn

from agents.contract import Target
from agents.errors import BadEvidenceError
from agents.sources.manifests.dependency import NPM, PYPI, pypi_name
from agents.sources.text import clean_line

LONGEST = 214
"""Characters of a name: what npm allows; PyPI's own limit is lower."""
_SHOWN = 100
_ECOSYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "pypi": PYPI,
        "npm": NPM,
        "crates.io": "crates.io",
        "go": "Go",
        "maven": "Maven",
        "rubygems": "RubyGems",
        "nuget": "NuGet",
        "packagist": "Packagist",
        "hex": "Hex",
        "pub": "Pub",
    }
)
"""What OSV calls the ecosystems of ``package:`` targets."""
_NAMES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        # PEP 508, "Names", and npm's rules for names, in capitals too, as the oldest packages have them.
        PYPI: re.compile(r"[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]"),
        NPM: re.compile(r"(?:@[A-Za-z0-9~-][A-Za-z0-9._~-]*/)?[A-Za-z0-9~-][A-Za-z0-9._~-]*"),
    }
)
_ANY_NAME = re.compile(r"@?[A-Za-z0-9][\w.~-]*(?:[/:][\w.~-]+)*", re.ASCII)
_DOTS = frozenset({".", ".."})


@dataclass(frozen=True, slots=True)
class Package:
    """A package, as OSV names it and its ecosystem."""

    ecosystem: str
    name: str

    @property
    def subject(self) -> str:
        """What its versions are filed under: ``PyPI/requests``."""
        return f"{self.ecosystem}/{self.name}"


def package_of(target: Target) -> Package:
    """Return the package of a ``package:`` target, whose location is ``ecosystem/name``; ``BadEvidenceError``."""
    word, _, name = target.location.partition("/")
    ecosystem = _ECOSYSTEMS.get(word.lower())
    if ecosystem is None or not name:
        _refuse(target, f"names no package of {', '.join(_ECOSYSTEMS)}", remedy="give ECOSYSTEM/NAME, as in pypi/flask")
    fits = _NAMES.get(ecosystem, _ANY_NAME).fullmatch(name)
    if not fits or len(name) > LONGEST or _DOTS & set(name.split("/")):
        _refuse(target, f"names a package that {ecosystem} cannot have", remedy="give its name as its ecosystem does")
    return Package(ecosystem, pypi_name(name) if ecosystem == PYPI else name)


def _refuse(target: Target, what: str, *, remedy: str) -> NoReturn:
    place = clean_line(target.location, limit=_SHOWN)
    raise BadEvidenceError(f"package target, location {place!r}: {what}; {remedy}")
