"""What a plain reading of a target gives, whoever made it."""

from dataclasses import dataclass, field

from pydantic import JsonValue

from agents.contract import Coverage, Evidence, Finding

KIND = "baseline"
"""The kind of all evidence that baselines leave: no agent takes it for what it collects itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading. ``confidence`` is from 0 to 1."""

    summary: str
    confidence: float
    coverage: tuple[Coverage, ...]
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    metrics: dict[str, JsonValue] = field(default_factory=dict)
