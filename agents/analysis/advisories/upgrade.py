"""The nearest version that is known to be out of every advisory about a package, and how far away it is."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.analysis.advisories.matching import VERSIONED, Outcome, judge
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import Advisory
from agents.analysis.versions import UnknownEcosystemError, VersionOrder, order

NUMBERS = re.compile(r"[0-9]+")
EPOCH = re.compile(r"([0-9]+)[:!]")
PARTS = ("major", "minor", "patch")


@dataclass(frozen=True)
class Upgrade:
    """From one version to another; ``distance`` is ``major``, ``minor`` or ``patch``."""

    current: str
    version: str
    distance: str


def find_upgrade(
    package: Package, current: str, *, matched: Sequence[Advisory], known: Sequence[Advisory]
) -> Upgrade | None:
    """Return the lowest fixed version above the current one that is out of every advisory; None where none is known.

    Candidates are the fixes that any known advisory names. One counts where no ``known`` advisory about the package
    holds for it, and every ``matched`` one is surely over.
    """
    try:
        versions = order(package.ecosystem)
    except UnknownEcosystemError:
        return None
    above = (version for version in fixes(package, known) if versions.compare(version, current) > 0)
    for version in sorted(set(above), key=lambda version: (versions.key(version), version)):
        if is_out(package, version, matched=matched, known=known):
            return Upgrade(current, version, distance(current, version))
    return None


def fixes(package: Package, advisories: Iterable[Advisory]) -> Iterable[str]:
    """Yield every fixed version that the advisories name for the package; commits are none."""
    for advisory in advisories:
        for affected in advisory.about(package):
            for entry in affected.ranges:
                if entry.kind in VERSIONED:
                    yield from (event.version for event in entry.events if event.kind == "fixed")


def is_out(package: Package, version: str, *, matched: Sequence[Advisory], known: Sequence[Advisory]) -> bool:
    """Whether the version is surely out of the matched advisories, and not known to be in any other."""
    return all(
        judge(advisory.about(package), version).outcome is Outcome.NOT_AFFECTED for advisory in matched
    ) and not any(judge(advisory.about(package), version).affected for advisory in known)


def own_fix(package: Package, current: str, *, advisory: Advisory, versions: VersionOrder) -> str:
    """Return the version in which one advisory alone says the flaw is over; empty where it names none."""
    above = [version for version in fixes(package, [advisory]) if versions.compare(version, current) > 0]
    out = [version for version in above if is_out(package, version, matched=[advisory], known=[])]
    return min(out, key=lambda version: (versions.key(version), version), default="")


def distance(current: str, version: str) -> str:
    """Return which of the first numbers changes: another epoch is ``major``, nothing before the fourth ``patch``."""
    if epoch(current) != epoch(version):
        return "major"
    old, new = numbers(current), numbers(version)
    return next((part for part, a, b in zip(PARTS, old, new, strict=True) if a != b), "patch")


def epoch(version: str) -> str:
    """Return the epoch of a Debian, rpm or PEP 440 version; ``0`` where it has none."""
    match = EPOCH.match(version)
    return match[1].lstrip("0") or "0" if match else "0"


def numbers(version: str) -> tuple[str, str, str]:
    """Return the first three numbers after the epoch, without leading zeros; missing ones are zero."""
    found = [digits.lstrip("0") for digits in NUMBERS.findall(EPOCH.sub("", version, count=1))]
    major, minor, patch = (*found, "", "", "")[:3]
    return major, minor, patch
