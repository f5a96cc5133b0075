"""Whether the agents that judged the same target come to the same conclusion.

An agent takes a position on a target when it reports findings about it, or when its metrics say that it judged it
and found nothing (a ``score``, or a count of what was ``checked``). A position is the worst severity that it found,
``info`` where it found nothing. Positions that differ by at most two levels agree; further apart, they disagree: one
of them says that all is well, or nearly so, where another is alarmed. That is kept and shown, never averaged away.
"""

from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from agents.contract import AgentReport, Frozen, Severity, worst

NEAR = 2
"""Levels of severity that two agents may differ by and still agree."""


class Position(Frozen):
    """What one agent thinks of one target: the worst that it found there, and how many findings."""

    agent: str
    severity: Severity
    findings: int


class Agreement(Frozen):
    """The positions of two or more agents on one target, most alarmed first."""

    target: str
    agrees: bool
    positions: tuple[Position, ...]


def agreements(reports: Iterable[AgentReport]) -> tuple[Agreement, ...]:
    """Return how far the agents agree on each target that at least two of them judged, disagreements first."""
    severities: dict[str, dict[str, dict[str, Severity]]] = {}
    for report in reports:
        if report.target and _judged(report.metrics):
            severities.setdefault(report.target, {}).setdefault(report.agent, {})
        for finding in report.findings:
            agent = severities.setdefault(finding.target, {}).setdefault(report.agent, {})
            agent[finding.id] = worst((finding.severity, agent.get(finding.id, Severity.INFO)))
    compared = (_agreement(target, agents=agents) for target, agents in severities.items() if len(agents) > 1)
    return tuple(sorted(compared, key=lambda agreement: (agreement.agrees, agreement.target)))


def _agreement(target: str, *, agents: Mapping[str, Mapping[str, Severity]]) -> Agreement:
    positions = [
        Position(agent=agent, severity=worst(found.values()), findings=len(found)) for agent, found in agents.items()
    ]
    positions.sort(key=lambda position: (-position.severity.rank, position.agent))
    return Agreement(target=target, agrees=_near(positions), positions=tuple(positions))


def _near(positions: Sequence[Position]) -> bool:
    return positions[0].severity.rank - positions[-1].severity.rank <= NEAR


def _judged(metrics: Mapping[str, JsonValue]) -> bool:
    checked = metrics.get("checked")
    return _is_number(metrics.get("score")) or (isinstance(checked, int) and checked > 0)


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
