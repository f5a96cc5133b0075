"""Which open issues somebody should look at first: told by their labels, by how many people care, and by silence."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agents.analysis.health.history import DAY
from agents.analysis.health.tickets import Ticket

FEWEST_POINTS = 2
MUCH, VERY_MUCH = 10, 30
"""Comments and reactions together."""
MAX_CRITICAL = 10
_GRAVEST = re.compile(r"\b(?:security|vulnerabilit(?:y|ies)|vuln|cve|malware|malicious|compromised?|exploit(?:ed)?)\b")
_GRAVE = re.compile(
    r"\b(?:critical|blocker|blocking|blocks? release|regressions?|showstopper|urgent|data ?loss|corruption|crash(?:es)?"
    r"|outage|p0|prio(?:rity)? ?0|sev(?:erity)? ?[01]|(?:priority|severity|prio) (?:high|highest))\b"
)
_DENIED = re.compile(r"\b(?:not|non|no|low|minor|wont ?fix|duplicate|invalid)\b")
_WISH = re.compile(
    r"\b(?:feature|features|enhancement|enhancements|wish|wishlist|question|questions|discussion|documentation|docs"
    r"|proposal|rfc|idea|good first issue|help wanted|meta|tracking)\b"
)
_APART = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Critical:
    """An open issue with the points that make it critical, and the reasons in words."""

    issue: Ticket
    points: int
    labelled: bool
    """Whether the repository's own people marked it so."""
    reasons: tuple[str, ...]


def critical_issues(issues: Iterable[Ticket], *, now: datetime, unanswered_days: int) -> tuple[Critical, ...]:
    """Return the open issues with at least two points, most points first, then those that more people care about.

    Three points for a label that speaks of security, two for one that says critical, blocker, regression and the like.
    One point from 10 comments and reactions, two from 30; none of these for wishes and questions, which many follow
    without harm. One point for an outsider's issue without a comment for ``unanswered_days``.
    """
    found = (_judged(issue, now=now, unanswered_days=unanswered_days) for issue in issues if issue.open)
    critical = [one for one in found if one.points >= FEWEST_POINTS]
    return tuple(sorted(critical, key=lambda one: (-one.points, -one.issue.attention, one.issue.number)))


def _judged(issue: Ticket, *, now: datetime, unanswered_days: int) -> Critical:
    labels = [_APART.sub(" ", label.lower()).strip() for label in issue.labels]
    grave = _graveness(labels)
    loud = (
        0
        if any(_WISH.search(label) for label in labels)
        else (issue.attention >= MUCH) + (issue.attention >= VERY_MUCH)
    )
    waits = (now - issue.opened) / DAY
    alone = not issue.comments and not issue.insider and not issue.bot and waits >= unanswered_days
    reasons = (
        *([f"labelled as {'about security' if grave > FEWEST_POINTS else 'grave'}"] if grave else ()),
        *([f"{issue.comments} comments and {issue.reactions} reactions"] if loud else ()),
        *([f"no comment for {waits:.0f} days"] if alone else ()),
    )
    return Critical(issue, points=grave + loud + alone, labelled=grave > 0, reasons=reasons)


def _graveness(labels: Iterable[str]) -> int:
    meant = [label for label in labels if not _DENIED.search(label)]
    if any(_GRAVEST.search(label) for label in meant):
        return FEWEST_POINTS + 1
    return FEWEST_POINTS if any(_GRAVE.search(label) for label in meant) else 0
