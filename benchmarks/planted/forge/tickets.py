"""Issues and pull requests as GitHub lists them together: a quiet year of them, and what a tale adds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from benchmarks.planted.forge.answers import Answer, Told, said
from benchmarks.planted.histories import subject

ISSUES, PULLS = 30, 10
"""How many of each a quiet year has, at even steps, and all of them answered within days."""
_YEAR = timedelta(days=364)
"""Less than the year that is read back, so that none is at its edge."""
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True)
class Ticket:
    """One issue or pull request."""

    opened: datetime
    closed: datetime | None
    pull: bool = False
    label: str = "bug"


def tickets(told: Told) -> list[Answer]:
    """Return the issues and pull requests, the one that changed last first."""
    opened = sorted(_all(told), key=lambda one: (one.opened, one.pull))
    answers = [_answer(told, number, one) for number, one in enumerate(opened, start=1)]
    return sorted(answers, key=lambda answer: (answer["updated_at"], answer["number"]), reverse=True)


def _all(told: Told) -> Iterator[Ticket]:
    """Yield a quiet year, and what the tale adds to it."""
    now, tale = told.now, told.tale
    for number in range(ISSUES):
        opened = now - (number + 0.5) / ISSUES * _YEAR
        yield Ticket(opened, closed=opened + 3 * _DAY)
    for number in range(PULLS):
        opened = now - (number + 0.4) / PULLS * _YEAR
        yield Ticket(opened, closed=opened + _DAY, pull=True)
    for number in range(tale.wave):
        opened = now - (number + 1) * 5 / tale.wave * _DAY
        yield Ticket(opened, closed=opened + _HOUR)
    yield from (Ticket(now - (5 + number * 80 / tale.waiting) * _DAY, closed=None) for number in range(tale.waiting))
    alarm = Ticket(now - 20 * _DAY, closed=None, label="security")
    yield from (replace(alarm, opened=alarm.opened - number * _HOUR) for number in range(tale.alarms))
    yield from (Ticket(now - (180 + number) * _DAY, closed=None, pull=True) for number in range(tale.stuck))


def _answer(told: Told, number: int, one: Ticket) -> Answer:
    closed = said(one.closed) if one.closed else None
    merged = {"pull_request": {"merged_at": closed}, "draft": False} if one.pull else {}
    return {
        "number": number,
        "title": subject(told.chance),
        "body": "What it is about, in some words. " * 20,
        "state": "closed" if closed else "open",
        "state_reason": "completed" if closed and not one.pull else None,
        "labels": [{"name": one.label}],
        "comments": 2,
        "reactions": {"total_count": 1},
        "user": {"login": f"visitor-{number % 17}", "type": "User"},
        "author_association": "NONE",
        "locked": False,
        "created_at": said(one.opened),
        "updated_at": closed or said(one.opened),
        "closed_at": closed,
        "html_url": f"{told.page}/{'pull' if one.pull else 'issues'}/{number}",
        **merged,
    }
