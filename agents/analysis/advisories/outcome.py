"""What a look at one target's dependencies came to: its one line, and its figures."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import JsonValue

from agents.analysis.advisories.ages import by_age
from agents.analysis.advisories.checked import Checked
from agents.analysis.advisories.exposure import Exposures
from agents.analysis.advisories.findings import KNOWN, MALICIOUS
from agents.analysis.advisories.release_findings import DEPRECATED, YANKED
from agents.contract import Coverage, CoverageState, Finding, Severity

NOTHING_USED = "No manifest or lock file names a dependency, so there was nothing to check."
NOTHING_KNOWN = "No dependencies were collected, so nothing was checked."


def metrics(
    checked: Checked,
    findings: Sequence[Finding],
    *,
    advisories: int,
    exposures: Exposures,
    listed: bool,
    now: datetime,
) -> dict[str, JsonValue]:
    """Return the figures. ``exploited`` is None where it is not known; ``listed``: whether a whole list was read."""
    known = [finding for finding in findings if finding.kind in KNOWN]
    kinds = Counter(finding.kind for finding in findings)
    exploited = len(exploited_of(known))
    return {
        "dependencies": checked.total,
        "checked": checked.compared,
        "unpinned": checked.unpinned,
        "unreadable_versions": checked.unreadable,
        "unknown_ecosystem": checked.unknown,
        "unjudged": len(exposures.unjudged),
        "advisories": advisories,
        "vulnerable": len({exposure.package for exposure in exposures.found}),
        "exploited": exploited if listed or exploited else None,
        "malicious": kinds[MALICIOUS],
        "without_fix": sum(bool(finding.data.get("no_fix")) for finding in known),
        "yanked": kinds[YANKED],
        "deprecated": kinds[DEPRECATED],
        "by_severity": {**by_severity(findings)},
        "by_age": {age: {**counts} for age, counts in by_age(known, now=now).items()},
    }


def by_severity(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many known flaws there are of each severity, worst first."""
    counts = Counter(finding.severity for finding in findings if finding.kind in KNOWN)
    return {str(severity): counts[severity] for severity in reversed(Severity)}


def exploited_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings about flaws that are known to be exploited."""
    return [finding for finding in findings if finding.data.get("exploited") is True]


def summary(checked: Checked, findings: Sequence[Finding], *, used: Coverage) -> str:
    """Return the outcome in one line; it never says that all is well where little was compared."""
    counts = by_severity(findings)
    total = sum(counts.values())
    kinds = Counter(finding.kind for finding in findings)
    if not checked.total:
        return NOTHING_USED if used.state is CoverageState.ZERO else NOTHING_KNOWN
    taken = f"; {plural(kinds[YANKED], 'release')} taken back" if kinds[YANKED] else ""
    if not (checked.compared or total):
        return f"{plural(checked.total, 'dependency')} unchecked: nothing could be compared with an advisory{taken}."
    exploited = len(exploited_of(findings))
    words = [f"{number} {severity}" for severity, number in counts.items() if number]
    words += [f"{exploited} exploited"] if exploited else []
    words += [f"{kinds[MALICIOUS]} made to do harm"] if kinds[MALICIOUS] else []
    known = f"{plural(total, 'known flaw')} ({', '.join(words)})" if total else "No known flaw"
    return f"{known}{taken}; {checked.compared} of {plural(checked.total, 'dependency')} compared."


def plural(number: int, noun: str) -> str:
    """Return the number with its noun."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else many}"
