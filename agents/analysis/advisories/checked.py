"""How many of a target's dependencies can be compared with advisories, and why the others cannot."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum, auto

from agents.analysis.advisories.dependency import Dependency
from agents.analysis.versions import UnknownEcosystemError, order


class Obstacle(Enum):
    """What keeps a dependency from being compared."""

    UNPINNED = auto()
    UNREADABLE = auto()
    """Its version follows none of its ecosystem's rules."""
    UNKNOWN = auto()
    """The order of its ecosystem's versions is not known."""
    UNCOVERED = auto()
    """No advisory is about its ecosystem."""


@dataclass(frozen=True)
class Checked:
    """Counts of dependencies, by what keeps them from being compared."""

    total: int = 0
    compared: int = 0
    unpinned: int = 0
    unreadable: int = 0
    unknown: int = 0
    uncovered: tuple[str, ...] = ()
    """Ecosystems that no advisory is about."""


def count_checked(dependencies: Iterable[Dependency], *, covered: Collection[str]) -> Checked:
    """Return how many of the dependencies can be compared; ``covered`` are the ecosystems with advisories."""
    found = [(dependency, obstacle(dependency, covered=covered)) for dependency in dependencies]
    kinds = [kind for _, kind in found]
    uncovered = {dependency.package.ecosystem for dependency, kind in found if kind is Obstacle.UNCOVERED}
    return Checked(
        total=len(kinds),
        compared=kinds.count(None),
        unpinned=kinds.count(Obstacle.UNPINNED),
        unreadable=kinds.count(Obstacle.UNREADABLE),
        unknown=kinds.count(Obstacle.UNKNOWN),
        uncovered=tuple(sorted(uncovered)),
    )


def obstacle(dependency: Dependency, *, covered: Collection[str]) -> Obstacle | None:
    """Return what keeps the dependency from being compared; None where nothing does."""
    if not dependency.version:
        return Obstacle.UNPINNED
    try:
        readable = order(dependency.ecosystem).readable(dependency.version)
    except UnknownEcosystemError:
        return Obstacle.UNKNOWN
    if not readable:
        return Obstacle.UNREADABLE
    return None if dependency.package.ecosystem in covered else Obstacle.UNCOVERED
