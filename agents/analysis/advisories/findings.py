"""Turns exposures into findings: what it is, how bad, since when, how sure, and what to do."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from agents.analysis.advisories.ages import age_days
from agents.analysis.advisories.exploited import Exploit, raised
from agents.analysis.advisories.exposure import Exposure
from agents.analysis.advisories.facts import data_of
from agents.analysis.advisories.ratings import disputed, rate, ratings
from agents.analysis.advisories.remedy import next_action
from agents.analysis.severity import Assessment
from agents.contract import Coverage, Finding, Severity

VULNERABLE = "security.vulnerable_dependency"
MALICIOUS = "security.malicious_package"
KNOWN = frozenset({VULNERABLE, MALICIOUS})
"""The kinds of findings about what is published of a package."""
SURE = 0.95
"""Confidence of a match where nothing speaks against it: advisories are wrong at times."""
DISAGREEMENT = (0.8, "the databases disagree; the cautious answer is given")
GUESSED = 0.9
"""The factor where no record says how bad it is; the assessment has the words."""
MENDED = (0.9, "a record had to be mended to be read")
UNASKED = "flaws of later versions were not asked for: look again once it is upgraded"
SHOWN = 50
"""Names that one finding lists at most."""
TITLE = 160
"""Characters of a record's summary that a title quotes."""


def exposure_finding(
    exposure: Exposure,
    *,
    target: str,
    coverage: tuple[Coverage, ...],
    exploits: Sequence[Exploit] = (),
    listed: bool = False,
    later: bool = True,
    now: datetime,
) -> Finding:
    """Return the finding of one exposure. Confidence is SURE times the factors of what speaks against it.

    ``exploits`` are the entries about its flaw in lists of exploited ones; ``listed`` says whether such a list was
    read as a whole, so that a flaw without an entry is not on it; ``later`` whether flaws of later versions are known.
    """
    assessment = rate(exposure.advisories, exposure.package, malicious=exposure.malicious)
    confidence, doubts = confidence_of(exposure, assessment)
    written = exposure.dependencies[0]
    return Finding(
        kind=MALICIOUS if exposure.malicious else VULNERABLE,
        target=target,
        claim=f"{exposure.canonical}/{written.ecosystem}/{exposure.package.name}",
        severity=raised(assessment.severity, exploits),
        confidence=confidence,
        title=title(exposure, exploits),
        detail=". ".join(
            dict.fromkeys(sentences(exposure, assessment, doubts, exploits=exploits, later=later, now=now))
        ),
        since=exposure.published,
        evidence=evidence_of(exposure, exploits),
        coverage=coverage,
        next_action=next_action(exposure),
        data=data_of(exposure, assessment, doubts, exploits=exploits, listed=listed, later=later, now=now),
    )


def title(exposure: Exposure, exploits: Sequence[Exploit]) -> str:
    """Return what happened, in one line."""
    versions = ", ".join(exposure.versions)
    name = " ".join(part for part in (exposure.dependencies[0].name, versions) if part)
    # Where a record has no summary its id may stand in for one: that is said anyway.
    said = (advisory.summary for advisory in exposure.advisories)
    summary = next((words for words in said if words and words not in exposure.ids), "")
    quoted = f": {summary.splitlines()[0][:TITLE]}" if summary else ""
    if exposure.malicious:
        return f"{name} was made to do harm ({exposure.canonical}){quoted}"
    if any(exploit.ransomware for exploit in exploits):
        return f"{name} has {exposure.canonical}, which ransomware exploits{quoted}"
    return f"{name} has {exposure.canonical}{', which is being exploited' if exploits else ''}{quoted}"


def sentences(
    exposure: Exposure,
    assessment: Assessment,
    doubts: Iterable[str],
    *,
    exploits: Sequence[Exploit],
    later: bool,
    now: datetime,
) -> Iterator[str]:
    """Yield what is to be said in full, without the dots at the ends."""
    if exploits:
        yield "; ".join(exploit.words for exploit in exploits) + raising(assessment.severity, exploits)
    yield from exposure.reasons
    yield from assessment.reasons
    said = disputed(ratings(exposure.records, exposure.package))
    if said:
        yield said
    yield from no_way_out(exposure, now=now)
    if exposure.upgrades and not later:
        yield UNASKED
    yield from doubts


def raising(severity: Severity, exploits: Sequence[Exploit]) -> str:
    """Return what being exploited does to a severity, as the end of a sentence; empty where it changes nothing."""
    now = raised(severity, exploits)
    return "" if now is severity else f": that raises its severity from {severity} to {now}"


def no_way_out(exposure: Exposure, *, now: datetime) -> Iterator[str]:
    """Yield that no fix is known for some versions, since when the flaw is public, and what became of named fixes."""
    if exposure.stuck and not exposure.malicious:
        days = age_days(exposure.published, now=now)
        public = f"; it is public since {exposure.published:%Y-%m-%d} ({days} days)" if exposure.published else ""
        yield f"no version is known to fix {', '.join(exposure.stuck)}{public}"
    for blocked in exposure.blocked:
        yield f"{blocked.version} is named as a fix, but is {blocked.why}"


def confidence_of(exposure: Exposure, assessment: Assessment) -> tuple[float, tuple[str, ...]]:
    """Return the confidence from 0 to 1 and what lowers it."""
    doubts = [
        doubt
        for doubt, holds in (
            (DISAGREEMENT, bool(exposure.disagreement)),
            ((GUESSED, ". ".join(assessment.reasons)), assessment.guessed),
            (MENDED, any(advisory.dirty for advisory in exposure.advisories)),
        )
        if holds
    ]
    confidence = SURE
    for factor, _ in doubts:
        confidence *= factor
    return round(confidence, 4), tuple(reason for _, reason in doubts)


def evidence_of(exposure: Exposure, exploits: Iterable[Exploit]) -> tuple[str, ...]:
    """Return the ids of all that it rests on: every record of the flaw, dependencies, releases to go to, exploits."""
    ids = {advisory.evidence for advisory in (*exposure.advisories, *exposure.records)}
    ids |= {dependency.evidence for dependency in exposure.dependencies}
    ids |= {step.evidence for step in exposure.upgrades}
    ids |= {exploit.evidence for exploit in exploits}
    return tuple(sorted(ids - {""}))
