"""Changes of issues in order of time: how they are asked for, and which of their times can be."""

from datetime import datetime

from agents.sources.github.fields import when
from agents.sources.github.repo import Listed
from agents.sources.http.page import Page

SOURCE = "github:issues"


def changed_since(since: datetime, *, direction: str) -> dict[str, str]:
    """Return how a list of the issues and pulls that changed since a time is asked for."""
    return {
        "state": "all",
        "sort": "updated",
        "direction": direction,
        "since": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def times(listed: Listed) -> list[datetime]:
    """Return when the items were changed."""
    return [moment for moment in (when(item.data, "updated_at") for item in listed.found) if moment is not None]


def newest(listed: Listed, page: Page, *, now: datetime) -> datetime | None:
    """Return the newest change of a page, by times that can be: what is dated after its answer tells nothing."""
    latest = max(page.at, now)
    return max((moment for moment in times(listed) if moment <= latest), default=None)
