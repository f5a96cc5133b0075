"""The second look of the checkpoint band: rules that can refuse to act on a synthesis, and say why.

Pure. It is made of other rules than the confidence was: a claim passes only where each rule that looks at it passes.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agents.analysis.coverage import WHOLE
from agents.analysis.synthesis import Synthesis
from agents.contract import Coverage, CoverageState, Finding, Severity

GRAVE = Severity.HIGH
"""From here on a finding has to be shown by evidence that can be named."""
_UNSURE = 0.5


class Verdict(NamedTuple):
    """Whether a second look lets something pass; the reasons say what stands in the way, and are empty if it passes."""

    passed: bool
    reasons: tuple[str, ...]


def validate(synthesis: Synthesis, findings: Sequence[Finding], *, earlier: Sequence[Finding] | None = None) -> Verdict:
    """Look a second time at what would be acted upon.

    ``findings`` are those that the action rests on; ``earlier`` is what the run before found on the same targets, or
    None where there was none. Refused is what rests on sources that were not wholly seen, what agents disagree about,
    what has no evidence, a grave claim that its own confidence or a first sight does not bear out.
    """
    reasons = [
        *_gaps(synthesis, findings),
        *_quarrels(synthesis, findings),
        *(reason for finding in findings for reason in _grounds(finding)),
        *(_news(findings, earlier) if earlier is not None else ()),
    ]
    unique = tuple(dict.fromkeys(reasons if findings else ["there is no finding to act upon"]))
    return Verdict(passed=not unique, reasons=unique)


def _gaps(synthesis: Synthesis, findings: Sequence[Finding]) -> Iterator[str]:
    """Yield what was not wholly seen of the sources that the findings rest on."""
    targets = {finding.target for finding in findings}
    own = [row for finding in findings for row in finding.coverage]
    for row in (*own, *(row for row in synthesis.coverage if row.subject in targets)):
        if row.state not in WHOLE:
            yield _gap(row)


def _gap(row: Coverage) -> str:
    """Return a gap in words."""
    said = "could not be read" if row.state is CoverageState.FAILED else f"was seen as {row.state.replace('_', ' ')}"
    return f"{row.source} of {row.subject} {said}"


def _quarrels(synthesis: Synthesis, findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the targets on which agents disagree."""
    targets = {finding.target for finding in findings}
    for agreement in synthesis.agreements:
        if agreement.target in targets and not agreement.agrees:
            said = ", ".join(f"{position.agent}: {position.severity}" for position in agreement.positions)
            yield f"agents disagree about {agreement.target} ({said})"


def _grounds(finding: Finding) -> Iterator[str]:
    """Yield what a finding lacks."""
    if not finding.evidence:
        yield f"{finding.kind} on {finding.target} names no evidence"
    if finding.severity.rank >= GRAVE.rank and finding.confidence < _UNSURE:
        yield f"{finding.kind} on {finding.target} is {finding.severity} at a confidence of {finding.confidence:.0%}"


def _news(findings: Sequence[Finding], earlier: Sequence[Finding]) -> Iterator[str]:
    """Yield grave claims that jumped by more than two levels since the run before."""
    before = {finding.id: finding.severity.rank for finding in earlier}
    for finding in findings:
        if finding.id in before and finding.severity.rank - before[finding.id] > 2:  # noqa: PLR2004  as agreement's
            yield f"{finding.kind} on {finding.target} jumped to {finding.severity} since the run before"
