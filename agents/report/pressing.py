"""A repository's issues that press most, as the agent lists them, read with tolerance as in ``measures``."""

from collections.abc import Mapping

from pydantic import JsonValue

from agents.contract import Frozen
from agents.report.address import linkable
from agents.report.measures import Metrics, amount, listed, text
from agents.report.wording import counted

SHOWN = 5
REASONS = 3


class PressingIssue(Frozen):
    """One open issue. ``number`` is 0 where it is not told; ``url`` is fit to be a link, or empty."""

    number: int
    title: str
    why: str
    url: str


def pressing_issues(metrics: Metrics) -> tuple[PressingIssue, ...]:
    """Return the issues in the agent's order, those with a title."""
    rows = (row for row in listed(metrics, "critical_issues_listed") if text(row, "title"))
    return tuple(_issue(row) for row in rows)[:SHOWN]


def _issue(row: Mapping[str, JsonValue]) -> PressingIssue:
    url, days = row.get("url"), amount(row.get("age_days"))
    reasons = [why for why in _listed(row.get("reasons")) if isinstance(why, str)]
    age = [f"open for {counted(int(days), 'day')}"] if days is not None else []
    return PressingIssue(
        number=int(amount(row.get("number")) or 0),
        title=text(row, "title"),
        why=", ".join([*reasons[:REASONS], *age]),
        url=linkable(url) if isinstance(url, str) else "",
    )


def _listed(value: JsonValue) -> list[JsonValue]:
    return list(value) if isinstance(value, list | tuple) else []
