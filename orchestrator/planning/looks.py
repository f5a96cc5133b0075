"""What can be looked at, and what has to be collected for it.

A *look* is a word of the watchlist: ``health``, ``exposure``. Whoever can do it has the capability ``analyse:LOOK``,
so that an agent added to the catalogue brings its own looks with it.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from agents.contract import Target, TargetKind

HEALTH = "health"
EXPOSURE = "exposure"
REPORT = "report"
"""The capability that ends every run: the synthesis over its agents."""
BASELINE = "baseline"
"""The capability that stands behind a target's agents, where the target wants it."""

KINDS_OF_LOOK: Mapping[str, frozenset[TargetKind]] = MappingProxyType(
    {
        HEALTH: frozenset({TargetKind.GIT, TargetKind.GITHUB, TargetKind.FEED}),
        EXPOSURE: frozenset({TargetKind.GIT, TargetKind.PACKAGE, TargetKind.SBOM}),
    }
)
"""The looks that need no naming: a target that says nothing is looked at in each way that its kind allows."""


class Collection(NamedTuple):
    """One capability that reads a target and leaves evidence."""

    capability: str
    kinds: frozenset[TargetKind]
    gives: frozenset[str]
    """Kinds of evidence that it leaves."""


ADVISORIES = Collection("collect:advisories", frozenset({TargetKind.ADVISORIES}), frozenset({"advisory", "exploited"}))
"""Evidence that one target gives for the analysis of others."""
KNOWN = Collection("collect:osv", KINDS_OF_LOOK[EXPOSURE], frozenset({"advisory"}))
"""What the OSV service knows of a target's own dependencies: it is asked once those are collected."""

COLLECTIONS: tuple[Collection, ...] = (
    Collection("collect:git", frozenset({TargetKind.GIT}), frozenset({"commit", "tag", "change_note"})),
    Collection(
        "collect:github",
        frozenset({TargetKind.GITHUB}),
        frozenset({"commit", "tag", "change_note", "repository", "release", "issue", "pull", "advisory"}),
    ),
    Collection("collect:feed", frozenset({TargetKind.FEED}), frozenset({"post", "release", "tag", "change_note"})),
    Collection("collect:dependencies", frozenset({TargetKind.GIT, TargetKind.SBOM}), frozenset({"dependency"})),
    Collection("collect:package", frozenset({TargetKind.PACKAGE}), frozenset({"version", "dependency", "tag"})),
)
"""Evidence that a target gives for its own analysis."""


def capability_of(look: str) -> str:
    """Return the capability that an agent needs for a look."""
    return f"analyse:{look}"


def usual_looks(kind: TargetKind) -> tuple[str, ...]:
    """Return the looks of a target that names none; none for advisories, which are read for the others."""
    return tuple(look for look, kinds in KINDS_OF_LOOK.items() if kind in kinds)


def looks_of(target: Target) -> tuple[str, ...]:
    """Return what to look at: what the target names, else what is usual for its kind."""
    return target.look or usual_looks(target.kind)


def own_collections(kind: TargetKind, *, reads: Iterable[str]) -> tuple[Collection, ...]:
    """Return the collections of one's own target that give anything of what is read."""
    wanted = frozenset(reads)
    return tuple(each for each in COLLECTIONS if kind in each.kinds and each.gives & wanted)
