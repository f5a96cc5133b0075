"""Histories made for a test: commits, tags and notes by how many days ago they were, through the real reading."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from agents.analysis.health.history import History, read
from agents.contract import Evidence, Untrusted

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TARGET = "git:/srv/clones/thing"


def evidence(
    kind: str, key: str, *, days: float | None, title: str = "", data: Mapping[str, JsonValue] | None = None
) -> Evidence:
    at = None if days is None else NOW - timedelta(days=days)
    return Evidence(target=TARGET, source="git", kind=kind, key=key, at=at, title=Untrusted(title), data=data or {})


def commit(number: int, *, days: float, author: str, subject: str = "Work", merge: bool = False) -> Evidence:
    data: dict[str, JsonValue] = {"author_id": f"author-{author}", "author": author, "is_merge": merge}
    return evidence("commit", f"{number:040x}", days=days, title=subject, data=data)


def make(
    commits: Sequence[tuple[float, str] | tuple[float, str, str]] = (),
    *,
    merges: Sequence[tuple[float, str]] = (),
    tags: Mapping[str, float] | None = None,
    notes: Mapping[str, str] | None = None,
    dated: Mapping[str, float] | None = None,
    whole: bool = True,
) -> History:
    """Return a history: commits as (days ago, author[, subject]), tags by days ago, notes by version."""
    own = [
        commit(number, days=days, author=author, subject="".join(subject) or "Work")
        for number, (days, author, *subject) in enumerate(commits)
    ]
    merged = [commit(10**6 + n, days=days, author=author, merge=True) for n, (days, author) in enumerate(merges)]
    tagged = [evidence("tag", name, days=days) for name, days in (tags or {}).items()]
    noted = [
        evidence(
            "change_note",
            f"CHANGES.md#{version}",
            days=(dated or {}).get(version),
            data={"version": version, "file": "CHANGES.md", "text": text, "unreleased": version == "unreleased"},
        )
        for version, text in (notes or {}).items()
    ]
    return read([*own, *merged, *tagged, *noted], now=NOW, whole=whole)


@pytest.fixture(name="history")
def _history() -> Callable[..., History]:
    return make


@pytest.fixture(name="fact")
def _fact() -> Callable[..., Evidence]:
    return evidence


@pytest.fixture(name="now")
def _now() -> datetime:
    return NOW
