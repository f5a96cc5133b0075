"""What to do next: the agents' recommendations as one list without repeats, most urgent first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from agents.analysis.merging import MergedFinding
from agents.analysis.ordering import canonical
from agents.contract import AgentReport, Finding, Frozen, Recommendation, Severity, stable_id, worst


class Action(Frozen):
    """One thing to do about one target. ``confidence`` (0 to 1) is that of the surest finding that asks for it."""

    id: str
    action: str
    why: str
    severity: Severity
    confidence: float
    target: str
    findings: tuple[str, ...]
    """Ids of the findings that it answers."""


class _Asked(Frozen):
    recommendation: Recommendation
    confidence: float


def actions(reports: Iterable[AgentReport], *, findings: Sequence[MergedFinding]) -> tuple[Action, ...]:
    """Return one action for each (target, action), by severity, then confidence, then id.

    A finding's own next action stands in where no recommendation answers that finding.
    """
    known = {merged.finding.id: merged.finding for merged in findings}
    asked = list(_recommended(reports, known=known))
    answered = {entry.recommendation.finding for entry in asked}
    asked.extend(_implied(finding for key, finding in known.items() if key not in answered))
    groups: dict[tuple[str, str], list[_Asked]] = {}
    for entry in asked:
        groups.setdefault((entry.recommendation.target, _normal(entry.recommendation.action)), []).append(entry)
    return tuple(sorted((_action(group) for group in groups.values()), key=_urgency))


def _recommended(reports: Iterable[AgentReport], *, known: Mapping[str, Finding]) -> Iterator[_Asked]:
    for report in reports:
        for recommendation in report.recommendations:
            finding = known.get(recommendation.finding)
            confidence = finding.confidence if finding else report.confidence
            yield _Asked(recommendation=recommendation, confidence=confidence)


def _implied(findings: Iterable[Finding]) -> Iterator[_Asked]:
    for finding in findings:
        if finding.next_action.strip():
            recommendation = Recommendation(
                action=finding.next_action,
                why=finding.title,
                severity=finding.severity,
                target=finding.target,
                finding=finding.id,
            )
            yield _Asked(recommendation=recommendation, confidence=finding.confidence)


def _action(group: Sequence[_Asked]) -> Action:
    ordered = sorted(group, key=_standing)
    first = ordered[0].recommendation
    return Action(
        id=stable_id("a", first.target, _normal(first.action)),
        action=first.action,
        why=first.why,
        severity=worst(entry.recommendation.severity for entry in ordered),
        confidence=max(entry.confidence for entry in ordered),
        target=first.target,
        findings=tuple(sorted({entry.recommendation.finding for entry in ordered} - {""})),
    )


def _standing(asked: _Asked) -> tuple[int, float, str]:
    return (-asked.recommendation.severity.rank, -asked.confidence, canonical(asked.recommendation))


def _urgency(action: Action) -> tuple[int, float, str]:
    return (-action.severity.rank, -action.confidence, action.id)


def _normal(action: str) -> str:
    """Return the action without case and spacing, which do not make a second one."""
    return " ".join(action.casefold().split())
