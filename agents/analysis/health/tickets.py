"""Issues and pull requests as values, and how they stood at an earlier moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue

from agents.analysis.health.bots import is_bot
from agents.contract import Evidence, utc

ISSUES, PULLS = "issue", "pull"
_INSIDERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """An issue or a pull request. ``title``, ``labels`` and ``login`` are strangers' text."""

    number: int
    title: str
    opened: datetime
    closed: datetime | None = None
    """When it was closed, or merged; None while it is open."""
    merged: bool = False
    draft: bool = False
    updated: datetime | None = None
    labels: tuple[str, ...] = ()
    comments: int = 0
    reactions: int = 0
    login: str = ""
    bot: bool = False
    insider: bool = False
    """Whether it was opened by somebody who may write to the repository."""
    url: str = ""
    evidence: str = ""
    """Its evidence's id."""

    @property
    def open(self) -> bool:
        """Whether it waits."""
        return self.closed is None

    @property
    def attention(self) -> int:
        """How often people commented on it or reacted to it."""
        return self.comments + self.reactions


def read_tickets(items: Iterable[Evidence], *, now: datetime) -> tuple[Ticket, ...]:
    """Return the tickets opened by ``now`` in order of time; what was closed later is open.

    Lenient: a missing field takes its empty value; what has no number or no time is left out.
    """
    found = (_ticket(item) for item in items)
    past = as_of((ticket for ticket in found if ticket is not None), now)
    return tuple(sorted(past, key=lambda ticket: (ticket.opened, ticket.number)))


def as_of(tickets: Iterable[Ticket], moment: datetime) -> tuple[Ticket, ...]:
    """Return the tickets as they stood at a moment: those opened by then, closed only where they were.

    Comments, reactions and labels stay those of the look: nobody said when each came.
    """
    return tuple(_at(ticket, moment) for ticket in tickets if ticket.opened <= moment)


def _at(ticket: Ticket, moment: datetime) -> Ticket:
    later = ticket.closed is not None and ticket.closed > moment
    return replace(ticket, closed=None, merged=False) if later else ticket


def _ticket(item: Evidence) -> Ticket | None:
    data = item.data
    number, opened = _count(data, "number"), item.at or _moment(data, "opened_at")
    if not number or opened is None:
        return None
    merged, login = _moment(data, "merged_at"), _text(data, "login")
    return Ticket(
        number=number,
        title=item.title,
        opened=utc(opened),
        closed=_closed(data, merged=merged, opened=utc(opened)),
        merged=merged is not None,
        draft=data.get("draft") is True,
        updated=_moment(data, "updated_at"),
        labels=_labels(data),
        comments=_count(data, "comments"),
        reactions=_count(data, "reactions"),
        login=login,
        bot=data.get("bot") is True or is_bot(name=login, author=""),
        insider=_text(data, "association") in _INSIDERS,
        url=item.url,
        evidence=item.id,
    )


def _closed(data: Mapping[str, JsonValue], *, merged: datetime | None, opened: datetime) -> datetime | None:
    """Return when a ticket was closed; for one that is closed at a time nobody told, when it last moved."""
    if merged is not None:
        return merged
    if _text(data, "state") != "closed":
        return None
    return _moment(data, "closed_at") or _moment(data, "updated_at") or opened


def _labels(data: Mapping[str, JsonValue]) -> tuple[str, ...]:
    told = data.get("labels")
    return tuple(label for label in told if isinstance(label, str)) if isinstance(told, list) else ()


def _text(data: Mapping[str, JsonValue], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _count(data: Mapping[str, JsonValue], name: str) -> int:
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _moment(data: Mapping[str, JsonValue], name: str) -> datetime | None:
    try:
        return utc(datetime.fromisoformat(_text(data, name)))
    except (ValueError, OverflowError):
        return None
