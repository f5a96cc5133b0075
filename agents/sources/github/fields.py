"""Fields of what GitHub answers, each of the type that is wanted or none: a service may send anything."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

_LARGEST = 2**53
"""No count is larger: beyond, JSON numbers are not exact."""


def at(item: object, *path: str) -> Any:  # noqa: ANN401  JSON is anything
    """Return what stands at a path of names; None where the path breaks off."""
    for name in path:
        item = item.get(name) if isinstance(item, Mapping) else None
    return item


def text(item: object, *path: str) -> str:
    """Return a text; empty where there is none."""
    value = at(item, *path)
    return value if isinstance(value, str) else ""


def count(item: object, *path: str) -> int | None:
    """Return a whole number that is not negative; None where there is none, for none is not zero."""
    value = at(item, *path)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < _LARGEST else None


def yes(item: object, *path: str) -> bool:
    """Return whether something is said to be so."""
    return at(item, *path) is True


def when(item: object, *path: str) -> datetime | None:
    """Return a time in UTC; None where there is none, or one without its zone."""
    try:
        moment = datetime.fromisoformat(text(item, *path))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def each(item: object, *path: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list; nothing where there is no list."""
    value = at(item, *path)
    yield from (one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else ()
