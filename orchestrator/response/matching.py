"""Which findings of a run a rule is for. Pure: a rule and a finding in, a yes or a no out."""

from dataclasses import dataclass

from agents.contract import Finding
from orchestrator.domain.responses import Condition

FAMILY = ".*"


@dataclass(frozen=True)
class Found:
    """A finding, and what rules ask of it beside what it says itself."""

    finding: Finding
    tier: str
    """The tier of its target; empty where the run does not know the target."""
    new: bool
    """Whether no earlier run had it."""


def matches(condition: Condition, found: Found) -> bool:
    """Whether all that a condition says holds of a finding."""
    finding = found.finding
    return (
        finding.severity.rank >= condition.severity.rank
        and (not condition.kinds or any(_names(pattern, finding.kind) for pattern in condition.kinds))
        and (not condition.tiers or found.tier in condition.tiers)
        and (found.new or not condition.new)
    )


def _names(pattern: str, kind: str) -> bool:
    """Whether a pattern stands for a kind: by its name, or by its family, as in ``security.*``."""
    return kind.startswith(pattern.removesuffix("*")) if pattern.endswith(FAMILY) else kind == pattern
