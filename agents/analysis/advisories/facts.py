"""A finding's figures: ids, versions, ways out, ratings, age and exploitation, for reports and other services."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from agents.analysis.advisories.ages import age_days
from agents.analysis.advisories.exploited import Exploit, cves
from agents.analysis.advisories.exposure import Exposure
from agents.analysis.advisories.ratings import ratings
from agents.analysis.advisories.upgrade import Upgrade
from agents.analysis.severity import Assessment

REFERENCES = 50
"""Addresses of pages that one finding lists at most."""


def data_of(
    exposure: Exposure,
    assessment: Assessment,
    doubts: Sequence[str],
    *,
    exploits: Sequence[Exploit],
    listed: bool,
    later: bool,
    now: datetime,
) -> dict[str, JsonValue]:
    """Return the figures of an exposure's finding."""
    return {
        "ids": list(exposure.ids),
        "ecosystem": exposure.dependencies[0].ecosystem,
        "name": exposure.dependencies[0].name,
        "versions": list(exposure.versions),
        "files": [*sorted({dependency.file for dependency in exposure.dependencies if dependency.file})],
        "published": exposure.published.isoformat() if exposure.published else None,
        "age_days": age_days(exposure.published, now=now),
        "fixed_in": [step_data(step) for step in exposure.upgrades],
        "later_flaws_known": later,
        "no_fix": list(exposure.stuck),
        "blocked": [{"version": blocked.version, "why": blocked.why} for blocked in exposure.blocked],
        "exploited": is_exploited(exposure, exploits, listed=listed),
        "kev": [exploit.data for exploit in exploits],
        "malicious": exposure.malicious,
        "severity_source": assessment.source,
        "score": assessment.score,
        "vector": assessment.vector,
        "severities": [rating.data for rating in ratings(exposure.records, exposure.package)],
        "disagreement": [
            {"id": said.advisory, "version": said.version, "outcome": str(said.outcome), "fixed": said.fixed}
            for said in exposure.disagreement
        ],
        "confidence_reasons": list(doubts),
        "references": [*sorted({url for advisory in exposure.records for url in advisory.references})[:REFERENCES]],
    }


def step_data(step: Upgrade) -> dict[str, JsonValue]:
    """Return one way out; ``releases`` on it only where the package's releases are known."""
    data: dict[str, JsonValue] = {"from": step.current, "to": step.version, "distance": step.distance}
    return data if step.releases is None else data | {"releases": step.releases}


def is_exploited(exposure: Exposure, exploits: Sequence[Exploit], *, listed: bool) -> bool | None:
    """Whether it is on a list of exploited flaws; None where that is not known.

    It is not known where no list was read as a whole, or the flaw has none of the ids that such lists use.
    """
    if exploits:
        return True
    return False if listed and any(cves(exposure.ids)) else None
