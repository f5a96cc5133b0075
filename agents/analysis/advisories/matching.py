"""Whether an advisory holds for a version: the evaluation algorithm of the OSV schema ("Evaluation").

A version is affected where it is listed, or where a range holds it. Commit ranges say nothing about versions and are
left out. Where the algorithm would have to guess, the verdict is unknown and says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from agents.analysis.advisories.record import Affected, Event, VersionRange
from agents.analysis.versions import UnknownEcosystemError, VersionOrder, order

FROM_THE_START = "0"
WITHOUT_END = "*"
VERSIONED = frozenset({"ECOSYSTEM", "SEMVER"})


class Outcome(StrEnum):
    """What can be said."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """An outcome and its reason, in words."""

    outcome: Outcome
    reason: str

    @property
    def affected(self) -> bool:
        """Whether the advisory holds for the version."""
        return self.outcome is Outcome.AFFECTED


OUTSIDE = Verdict(Outcome.NOT_AFFECTED, "outside all listed versions and ranges")


def judge(entries: Iterable[Affected], version: str) -> Verdict:
    """Return the verdict over all that one advisory says of a package: affected wins, then unknown.

    ``version`` is the one in use, as its manifest writes it.
    """
    return strongest(judge_entry(entry, version.strip()) for entry in entries)


def strongest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the first that says affected, else the first that says unknown, else not affected."""
    found = {verdict.outcome: verdict for verdict in reversed(list(verdicts))}
    return found.get(Outcome.AFFECTED) or found.get(Outcome.UNKNOWN) or OUTSIDE


def judge_entry(affected: Affected, version: str) -> Verdict:
    """Return the verdict of one entry of ``affected``: the exact list, then the ranges, then the list as versions."""
    if not version:
        return Verdict(Outcome.UNKNOWN, "no version is pinned")
    if version in affected.versions:
        return Verdict(Outcome.AFFECTED, f"version {version} is listed")
    ranges = [entry for entry in affected.ranges if entry.kind in VERSIONED]
    if not ranges and not affected.versions:
        return Verdict(Outcome.UNKNOWN, nothing_comparable(affected))
    verdict = strongest(judge_range(entry, version, affected.ecosystem) for entry in ranges)
    if verdict.affected:
        return verdict
    listing = judge_listing(affected, version)
    return verdict if ranges and not listing.affected else listing


def nothing_comparable(affected: Affected) -> str:
    """Return why an entry without versions and version ranges says nothing."""
    kinds = sorted({entry.kind or "unnamed" for entry in affected.ranges})
    return f"only {', '.join(kinds)} ranges, which name no versions" if kinds else "names no versions at all"


def judge_listing(affected: Affected, version: str) -> Verdict:
    """Return the verdict of the listed versions, none of which is written as the version is: 1.0 may be 1.0.0."""
    try:
        versions = order(affected.ecosystem)
    except UnknownEcosystemError as error:
        return Verdict(Outcome.UNKNOWN, str(error))
    if not versions.readable(version):
        return Verdict(Outcome.UNKNOWN, f"version {version!r} is not listed and follows no {versions.name} rules")
    if any(versions.compare(listed, version) == 0 for listed in affected.versions):
        return Verdict(Outcome.AFFECTED, f"version {version} is listed, written otherwise")
    return OUTSIDE


def judge_range(entry: VersionRange, version: str, ecosystem: str) -> Verdict:
    """Return the verdict of one range: SEMVER ones by SemVer 2.0 whatever the ecosystem, others by its own order."""
    try:
        versions = order("SemVer" if entry.kind == "SEMVER" else ecosystem)
    except UnknownEcosystemError as error:
        return Verdict(Outcome.UNKNOWN, str(error))
    unread = unreadable(entry, version, versions)
    if unread == version and Event("fixed", version) in entry.events:
        return OUTSIDE  # Needs no order: the range names this very text as its fix.
    if unread:
        return Verdict(Outcome.UNKNOWN, f"version {unread!r} follows no {versions.name} rules")
    if in_range(entry, version, versions):
        return Verdict(Outcome.AFFECTED, f"version {version} is in the range {describe(entry)}")
    return OUTSIDE


def unreadable(entry: VersionRange, version: str, versions: VersionOrder) -> str:
    """Return the first version that the order's rules cannot read: the one in use or an event's; empty where none."""
    named = [event.version for event in entry.events if event.version not in {FROM_THE_START, WITHOUT_END}]
    return next((text for text in (version, *named) if not versions.readable(text)), "")


def in_range(entry: VersionRange, version: str, versions: VersionOrder) -> bool:
    """Whether the range holds the version. Events at the same version keep the record's order."""
    limits = [event for event in entry.events if event.kind == "limit"]
    if limits and not any(before_limit(event, version, versions) for event in limits):
        return False
    inside = False
    for event in sorted(entry.events, key=lambda event: place(event, versions)):
        inside = step(event, inside, version, versions)
    return inside


def before_limit(event: Event, version: str, versions: VersionOrder) -> bool:
    """Whether the version is older than the limit."""
    return event.version == WITHOUT_END or versions.compare(version, event.version) < 0


def place(event: Event, versions: VersionOrder) -> tuple[object, ...]:
    """Return where the event stands in the order: an introduction at 0 before everything."""
    if event.kind == "introduced" and event.version == FROM_THE_START:
        return (0,)
    return (1, versions.key(event.version))


def step(event: Event, inside: bool, version: str, versions: VersionOrder) -> bool:  # noqa: FBT001  a state, no switch
    """Return whether the version is inside once the event has happened."""
    if event.kind == "introduced":
        reached = event.version == FROM_THE_START or versions.compare(version, event.version) >= 0
        return inside or reached
    if event.kind == "fixed":
        return inside and versions.compare(version, event.version) < 0
    if event.kind == "last_affected":
        return inside and versions.compare(version, event.version) <= 0
    return inside


def describe(entry: VersionRange) -> str:
    """Return the range in words: ``introduced 0, fixed 1.2``."""
    return ", ".join(f"{event.kind} {event.version}" for event in entry.events)
