"""How pull requests come and go: how many are merged, how fast they are decided, and which of them wait for nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from agents.analysis.health.history import DAY, YEAR_DAYS
from agents.analysis.health.issues import WINDOWS, Flow, flow, waits
from agents.analysis.health.sights import Sight
from agents.analysis.health.survival import Waits, measure_waits
from agents.analysis.health.tickets import Ticket

STALE_DAYS = 90


@dataclass(frozen=True, slots=True)
class Pulls:
    """People's pull requests up to a moment; those that bots opened do not count."""

    seen: int
    open: int
    """Of those that were seen: at least so many where not all were."""
    whole: bool
    flows: tuple[Flow, ...]
    merged: int
    """Of those decided within the last year that was seen."""
    decided: int
    days_to_merge: float | None
    """Median over those merged within that year."""
    waits: Waits | None
    """Until one is merged or closed, over those opened within that year."""
    stale: tuple[Ticket, ...]
    """Open ones, no drafts, in which nothing moved for 90 days, oldest first."""

    @property
    def merged_share(self) -> float | None:
        """Share of the decided ones that were merged."""
        return self.merged / self.decided if self.decided else None

    def flow(self, days: int) -> Flow:
        """Return what came and went in the last so many days, one of ``WINDOWS``."""
        return next(flow for flow in self.flows if flow.days == days)


def measure_pulls(pulls: Sequence[Ticket], *, sight: Sight, now: datetime) -> Pulls:
    """Return how the pull requests come and go up to ``now``."""
    own = [pull for pull in pulls if not pull.bot]
    year = now - YEAR_DAYS * DAY
    begin = max(year, sight.begin(year, now=now))
    decided = [pull for pull in own if pull.closed is not None and pull.closed > begin]
    taken = [(pull.closed - pull.opened) / DAY for pull in decided if pull.merged and pull.closed is not None]
    return Pulls(
        seen=len(own),
        open=sum(pull.open for pull in own),
        whole=sight.whole,
        flows=tuple(flow(own, sight=sight, now=now, days=days) for days in WINDOWS),
        merged=len(taken),
        decided=len(decided),
        days_to_merge=median(taken) if taken else None,
        waits=measure_waits(waits(own, sight=sight, now=now)),
        stale=tuple(pull for pull in own if _stale(pull, now=now)),
    )


def _stale(pull: Ticket, *, now: datetime) -> bool:
    return pull.open and not pull.draft and (pull.updated or pull.opened) <= now - STALE_DAYS * DAY
