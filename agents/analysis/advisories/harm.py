"""Packages made to do harm: a record that names no versions, or all of them, holds whatever version is used."""

from agents.analysis.advisories.matching import FROM_THE_START, VERSIONED, WITHOUT_END, Outcome, Verdict, judge
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import Advisory, Affected, VersionRange

EVERYWHERE = Verdict(Outcome.AFFECTED, "every version of it was made to do harm")


def judge_record(advisory: Advisory, package: Package, version: str) -> Verdict:
    """Return what one advisory says of one version of a package; ``version`` may be empty where none is pinned.

    Versions that a record of a malicious package names are matched exactly, as those of any other record.
    """
    verdict = judge(advisory.about(package), version)
    if verdict.affected or not advisory.malicious:
        return verdict
    return EVERYWHERE if any(holds_everywhere(entry) for entry in advisory.about(package)) else verdict


def holds_everywhere(entry: Affected) -> bool:
    """Whether an entry speaks of the package as a whole: it names nothing at all, or a range without an end."""
    return not (entry.versions or entry.ranges) or any(endless(one) for one in entry.ranges)


def endless(one: VersionRange) -> bool:
    """Whether a range of versions begins with the first and never ends."""
    ends = [event for event in one.events if event.kind != "introduced" and event.version != WITHOUT_END]
    begins = any(event.kind == "introduced" and event.version == FROM_THE_START for event in one.events)
    return one.kind in VERSIONED and begins and not ends
