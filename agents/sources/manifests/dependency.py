"""One dependency as a manifest states it, in the words of the OSV ecosystems."""

import re
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

PYPI = "PyPI"
NPM = "npm"

RUNTIME = "runtime"
DEV = "dev"
OPTIONAL = "optional"
BUILD = "build"
PEER = "peer"

_DEV_WORDS = re.compile(r"(?:^|[^a-z])(?:dev|develop|development|test|tests|testing|lint|docs?|ci|typing)(?:[^a-z]|$)")


class UnreadableError(ValueError):
    """A whole manifest does not parse. ``line`` is from 1; 0 where the fault has no place."""

    def __init__(self, reason: str, *, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A package that a manifest names. ``version`` is set where exactly one version satisfies the manifest."""

    ecosystem: str
    """An OSV ecosystem: ``PyPI``, ``npm``, ``Debian:12``; empty where the manifest does not tell."""
    name: str
    """As OSV spells it: normalised for PyPI, with its scope for npm, ``group:artifact`` for Maven."""
    version: str = ""
    specifier: str = ""
    direct: bool | None = None
    """Whether the project asks for it itself; None where the manifest does not tell."""
    scope: str = RUNTIME
    purl: str = ""
    marker: str = ""
    """The condition under which it is needed, e.g. ``python_version < "3.11"``."""

    @property
    def key(self) -> str:
        """Ecosystem, name and version or range, e.g. ``PyPI/flask@3.0.0``."""
        return f"{self.ecosystem or 'unknown'}/{self.name}@{self.version or self.specifier}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A part of a manifest that could not be read."""

    reason: str
    raw: str = ""
    line: int = 0
    """From 1; 0 where the format has no lines to speak of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a manifest holds."""

    dependencies: tuple[Dependency, ...] = ()
    problems: tuple[Problem, ...] = ()
    includes: tuple[str, ...] = field(default=())
    """Other files that belong to it, as it names them."""


def pypi_name(name: str) -> str:
    """Return a Python package's name as PEP 503 normalises it."""
    return str(canonicalize_name(name.strip()))


def scope_of(label: str) -> str:
    """Return the scope that a group's or file's name speaks of: ``dev`` for tests, docs and the like."""
    return DEV if _DEV_WORDS.search(label.lower()) else RUNTIME


def distinct(dependencies: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """Return each key once; of two that share it, the one that is needed at run time, else the first."""
    chosen: dict[str, Dependency] = {}
    for one in dependencies:
        known = chosen.get(one.key)
        if known is None or (known.scope != RUNTIME and one.scope == RUNTIME):
            chosen[one.key] = one
    return tuple(chosen.values())


def table(value: object) -> Mapping[str, object]:
    """Return a parsed object as a mapping; an empty one for anything else, as manifests are dirty."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[object]:
    """Return a parsed array as a list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a parsed text; an empty one for anything else."""
    return value if isinstance(value, str) else ""


def excerpt(value: object) -> str:
    """Return a short text of a parsed value, whatever its size and depth, for a person to recognise it by."""
    return reprlib.repr(value)
