"""An ecosystem's landscape as a report: figures over all the advisories at hand, in one line and in full."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from agents.contract import AgentReport, Coverage, Target

IN_USE, WHOLE = "packages in use", "all advisories at hand"
"""What a landscape is drawn over."""
NOTHING = "Nothing is known of the ecosystems of what this target uses, so there is no landscape to show."


def survey_report(
    agent: str,
    target: Target,
    drawn: Mapping[str, Mapping[str, JsonValue]],
    *,
    coverage: Sequence[Coverage],
    confidence: float,
    reasons: Sequence[str],
) -> AgentReport:
    """Return the report of a look at the ecosystems of one target: figures, no findings."""
    return AgentReport(
        agent=agent,
        target=target.id,
        summary=" ".join(said(name, figures) for name, figures in drawn.items()) or NOTHING,
        confidence=confidence if drawn else 0.0,
        reasons=tuple(reasons),
        coverage=tuple(coverage),
        metrics=landscape_metrics(drawn, scope=WHOLE),
    )


def landscape_metrics(drawn: Mapping[str, Mapping[str, JsonValue]], *, scope: str) -> dict[str, JsonValue]:
    """Return a landscape as figures of a report, with what it is drawn over."""
    return {"landscape_of": scope, "landscape": {name: {**figures} for name, figures in drawn.items()}}


def said(ecosystem: str, figures: Mapping[str, JsonValue]) -> str:
    """Return an ecosystem's figures in one sentence; what is not known is said to be so."""
    parts = [f"{figures['flaws']:,} flaws, {figures['last_year']:,} published within a year"]
    parts.append(part_of(figures["exploited_share"], "exploited") or "how many are exploited is not known")
    parts.append(part_of(figures["malicious_share"], "made to do harm"))
    days = figures["median_days_to_fix"]
    parts.append("how fast they are mended is not known" if days is None else f"mended after {days:g} days (median)")
    return f"{ecosystem}: {', '.join(parts)}."


def part_of(share: JsonValue, what: str) -> str:
    """Return a share from 0 to 1 in words; empty where it is not known."""
    return f"{share:.1%} {what}" if isinstance(share, float) else ""
