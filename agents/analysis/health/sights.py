"""How much of each of a forge's lists was seen: what was not collected is never taken for nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.analysis.coverage import WHOLE
from agents.analysis.health.forge import Forge
from agents.analysis.health.history import Tag
from agents.analysis.health.seen import (
    EARLIER_FACTOR,
    FEED,
    GAPS,
    GITHUB,
    UNSAID_FACTOR,
    Seen,
    told_since,
    told_until,
    windowed,
)
from agents.analysis.health.tickets import Ticket
from agents.contract import Coverage, CoverageState, Target, TargetKind

GONE = "gone since"
"""How the collector begins to say that a repository is there no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was seen of one list. ``name`` is people's word for it."""

    name: str
    state: CoverageState | None
    """None where nobody said."""
    at_hand: bool
    """Whether any of it is there to be judged, whatever became of the latest look."""
    whole: bool
    since: datetime | None
    """From when on all of it was seen, where not all of it was; None where that is not known."""
    until: datetime | None = None
    """Up to when it was seen, where its collector has not caught up yet."""

    @property
    def collected(self) -> bool:
        """Whether it can be judged: it was looked at, or an earlier look left something."""
        return self.at_hand or self.state in WHOLE or self.state is CoverageState.PARTIAL

    @property
    def trust(self) -> float:
        """Factor from 0 to 1 on what follows from the list: one that an earlier look left says less."""
        if self.state is None:
            return UNSAID_FACTOR
        return EARLIER_FACTOR if self.state in GAPS else 1.0

    def reaches(self, moment: datetime) -> bool:
        """Whether everything since a moment was seen."""
        return self.collected and (self.whole or (self.since is not None and self.since <= moment))

    def end(self, now: datetime) -> datetime:
        """Return up to when it was seen: what is newer is not known to be nothing."""
        return min(now, self.until) if self.until is not None else now

    def begin(self, first: datetime | None, *, now: datetime) -> datetime:
        """Return from when on all of it was seen; ``first`` is when there could first have been any."""
        if self.whole:
            return first or now
        return self.since or now

    @property
    def gap(self) -> str:
        """Why there is nothing to judge."""
        why = "could not be collected" if self.state is CoverageState.FAILED else "were not collected"
        return f"{self.name} {why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """What was seen of a forge's lists. Only a target that is watched on a forge has them, or on a feed of releases."""

    issues: Sight
    pulls: Sight
    releases: Sight
    advisories: Sight
    repository: Sight
    gone: bool = False
    """Whether the repository was there at an earlier look, and is not any more."""

    @property
    def any_collected(self) -> bool:
        """Whether there is anything to judge."""
        every = (self.issues, self.pulls, self.releases, self.advisories, self.repository)
        return any(sight.collected for sight in every)


def sights_of(target: Target, seen: Seen, forge: Forge, *, tags: Sequence[Tag] = ()) -> Sights | None:
    """Return what was seen of the forge's lists; None for a clone.

    GitHub's lists of issues hold the pull requests too, so one row of coverage speaks for both. A feed has nothing but
    releases, and shows only the newest.
    """
    if target.kind not in (TargetKind.GITHUB, TargetKind.FEED):
        return None
    feed = target.kind is TargetKind.FEED
    rows = {row.source: row for row in seen.coverage if row.subject == target.id}
    cut = windowed(target)
    issues = rows.get(f"{GITHUB}:issues")
    whole = rows.get(f"{GITHUB}:repository")
    oldest = _oldest_move(forge.issues + forge.pulls)

    def sight(name: str, row: Coverage | None, *, at_hand: bool, oldest: datetime | None = None) -> Sight:
        state = row.state if row else None
        since = told_since(row) or oldest
        whole = state in WHOLE and not cut and not feed and told_since(row) is None
        return Sight(name=name, state=state, at_hand=at_hand, whole=whole, since=since, until=told_until(row))

    return Sights(
        issues=sight("issues", issues, at_hand=bool(forge.issues), oldest=oldest),
        pulls=sight("pull requests", rows.get(f"{GITHUB}:pulls", issues), at_hand=bool(forge.pulls), oldest=oldest),
        releases=sight(
            "releases", rows.get(FEED if feed else f"{GITHUB}:releases"), at_hand=bool(tags), oldest=_oldest_tag(tags)
        ),
        advisories=sight("advisories", rows.get(f"{GITHUB}:advisories"), at_hand=bool(forge.advisories)),
        repository=sight("repository", whole, at_hand=forge.repository is not None),
        gone=whole is not None and whole.state is CoverageState.FAILED and whole.detail.lower().startswith(GONE),
    )


def _oldest_tag(tags: Iterable[Tag]) -> datetime | None:
    """Return the time of the oldest tag: releases are listed from the newest on."""
    return min((tag.at for tag in tags if tag.at is not None), default=None)


def _oldest_move(tickets: Iterable[Ticket]) -> datetime | None:
    """Return when the ticket that moved least lately last moved: a list cut off there holds all that was opened since.

    It holds so whether the list was sorted by what was opened or by what moved.
    """
    return min((ticket.updated for ticket in tickets if ticket.updated is not None), default=None)
