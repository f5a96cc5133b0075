"""What comes first among findings, and what to do about them: one line for each thing to do."""

from collections.abc import Iterable, Sequence

from agents.contract import Finding, Recommendation


def urgency(finding: Finding) -> tuple[bool, int, str, str]:
    """Return a sort key: what is exploited or made to do harm, then worst first, then by kind and claim."""
    return (not does_harm(finding), -finding.severity.rank, finding.kind, finding.claim)


def does_harm(finding: Finding) -> bool:
    """Whether somebody is known to abuse it now."""
    return finding.data.get("exploited") is True or finding.data.get("malicious") is True


def recommendations(findings: Iterable[Finding]) -> tuple[Recommendation, ...]:
    """Return what to do, most urgent first: one line for each action, though it may answer several findings."""
    answered: dict[str, list[Finding]] = {}
    for finding in findings:
        answered.setdefault(finding.next_action, []).append(finding)
    return tuple(recommendation(action, group) for action, group in answered.items())


def recommendation(action: str, findings: Sequence[Finding]) -> Recommendation:
    """Return one action and why; ``findings`` are those that it answers, most urgent first."""
    first, more = findings[0], len(findings) - 1
    return Recommendation(
        action=action,
        why=first.title + (f" (and {more} more)" if more else ""),
        severity=max((finding.severity for finding in findings), key=lambda severity: severity.rank),
        target=first.target,
        finding=first.id,
    )
