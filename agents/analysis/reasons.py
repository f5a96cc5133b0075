"""Why the overall confidence is what it is, in words: every gap, disagreement and doubt by name."""

from collections.abc import Iterable, Mapping, Sequence

from agents.analysis.agreement import Agreement
from agents.analysis.confidence import Share
from agents.analysis.coverage import WORST_FIRST, merge_coverage
from agents.contract import AgentReport, Coverage, CoverageState, Frozen

NAMED = 3
"""How many names a reason spells out before it only counts the rest."""
STATE_WORDS = {
    CoverageState.FAILED: "failed",
    CoverageState.NOT_COLLECTED: "not collected",
    CoverageState.PARTIAL: "seen only in part",
}


class Grounds(Frozen):
    """What the reasons are told from. ``labels`` are the names that people know targets by, by id."""

    reports: tuple[AgentReport, ...]
    missing: tuple[Coverage, ...] = ()
    """Steps that gave nothing."""
    unlooked: tuple[Coverage, ...] = ()
    """Sources that nobody was asked to look at: named, but as nothing is claimed of them they lower nothing."""
    agreements: tuple[Agreement, ...] = ()
    shares: tuple[Share, ...] = ()
    labels: Mapping[str, str] = {}

    def name(self, target: str) -> str:
        """Return the target's name."""
        return self.labels.get(target, target)


def reasons(grounds: Grounds) -> tuple[str, ...]:
    """Return the reasons, gravest first: steps without a report, gaps, disagreement, the agents' own, the spread."""
    if not grounds.shares:
        return ("no agent gave a report, so nothing is known", *_of_missing(grounds), *_of_coverage(grounds))
    return (
        *_of_missing(grounds),
        *_of_coverage(grounds),
        *_of_agreement(grounds),
        *_of_agents(grounds.reports),
        _of_reports(grounds.shares),
    )


def _of_reports(shares: Sequence[Share]) -> str:
    low, high = (pick(share.counted for share in shares) for pick in (min, max))
    span = f"{low:.0%}" if low == high else f"{low:.0%} to {high:.0%}"
    return f"{_counted(len(shares), 'report')} counted, each of them {span} sure"


def _of_missing(grounds: Grounds) -> tuple[str, ...]:
    if not grounds.missing:
        return ()
    names = [_step(row, grounds=grounds) for row in grounds.missing]
    return (f"{_counted(len(names), 'step')} gave nothing: {_listed(names)}",)


def _step(row: Coverage, *, grounds: Grounds) -> str:
    where = f" on {grounds.name(row.subject)}" if row.subject else ""
    why = f" ({row.detail})" if row.detail else ""
    return f"{row.source}{where}{why}"


def _of_coverage(grounds: Grounds) -> tuple[str, ...]:
    rows = merge_coverage([*grounds.unlooked, *(row for report in grounds.reports for row in report.coverage)])
    told = []
    for state in WORST_FIRST:
        names = [_source(row, grounds=grounds) for row in rows if row.state is state]
        if names and state in STATE_WORDS:
            told.append(f"{_counted(len(names), 'source')} {STATE_WORDS[state]}: {_listed(names)}")
    return tuple(told)


def _source(row: Coverage, *, grounds: Grounds) -> str:
    return f"{row.source} of {grounds.name(row.subject)}" if row.subject else row.source


def _of_agreement(grounds: Grounds) -> tuple[str, ...]:
    apart = [grounds.name(agreement.target) for agreement in grounds.agreements if not agreement.agrees]
    if apart:
        return (f"agents disagree on {_counted(len(apart), 'target')}: {_listed(apart)}",)
    if grounds.agreements:
        return (f"agents agree on {_counted(len(grounds.agreements), 'target')} that several of them judged",)
    return ()


def _of_agents(reports: Iterable[AgentReport]) -> tuple[str, ...]:
    said: dict[tuple[str, str], int] = {}
    for report in reports:
        for reason in report.reasons:
            said[report.agent, reason] = said.get((report.agent, reason), 0) + 1
    return tuple(
        f"{agent}: {reason}" if times == 1 else f"{agent}, {times} times: {reason}"
        for (agent, reason), times in sorted(said.items())
    )


def _listed(names: Sequence[str]) -> str:
    ordered = sorted(names)
    rest = len(ordered) - NAMED
    return f"{'; '.join(ordered[:NAMED])}; and {rest} more" if rest > 0 else "; ".join(ordered)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
