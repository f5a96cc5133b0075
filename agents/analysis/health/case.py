"""One target's diagnosis with what was seen of it: what every finding about it is made from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from agents.analysis.health.diagnosis import Diagnosis
from agents.analysis.health.seen import Seen
from agents.contract import Coverage, Finding, Severity, Target

SURE = 0.95
"""Nothing is more certain than this from a history alone."""
RAISED_TIER = "critical"
HIGHEST = Severity.HIGH
"""A repository's habits are never an emergency by themselves."""


@dataclass(frozen=True, slots=True)
class Case:
    """A target, what its history shows, and what of that history was seen."""

    target: Target
    diagnosis: Diagnosis
    seen: Seen
    coverage: tuple[Coverage, ...]

    def finding(
        self,
        kind: str,
        *,
        claim: str,
        severity: Severity,
        confidence: float,
        title: str,
        detail: str = "",
        since: datetime | None = None,
        evidence: Iterable[str] = (),
        next_action: str = "",
        trust: float | None = None,
        data: Mapping[str, JsonValue],
    ) -> Finding:
        """Return a finding about the target: severity moderated by its tier, confidence by how fresh the look is.

        ``trust`` stands for the freshness of what does not come from the history.

        ``title`` and ``next_action`` quote no stranger; ``detail`` and ``data`` may, bounded.
        """
        return Finding(
            kind=f"github.{kind}",
            target=self.target.id,
            claim=claim,
            severity=moderated(severity, tier=self.target.tier),
            confidence=round(min(confidence, SURE) * (self.seen.fresh if trust is None else trust), 2),
            title=title,
            detail=detail,
            since=since,
            evidence=tuple(dict.fromkeys(evidence)),
            coverage=self.coverage,
            next_action=next_action,
            data=data,
        )


def moderated(severity: Severity, *, tier: str) -> Severity:
    """Return the severity for a target of that tier: one higher for a critical target, but never above high.

    What is only information stays so, and the other tiers (tech_stack, infrastructure, tools) change nothing.
    """
    if severity is Severity.INFO or tier != RAISED_TIER:
        return severity
    raised = list(Severity)[min(severity.rank + 1, HIGHEST.rank)]
    return max(raised, severity, key=lambda one: one.rank)
