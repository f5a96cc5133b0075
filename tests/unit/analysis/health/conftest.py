"""Histories and a forge's lists made for a test, by how many days ago things were, through the real reading."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from agents.analysis.health.diagnosis import Diagnosis, diagnose, with_past
from agents.analysis.health.forge import Forge, read_forge
from agents.analysis.health.history import History, read
from agents.analysis.health.seen import Seen
from agents.analysis.health.sights import Sight, Sights, sights_of
from agents.contract import Coverage, CoverageState, Evidence, Target, TargetKind, Untrusted

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TARGET = "git:/srv/clones/thing"
WATCHED = Target(kind=TargetKind.GITHUB, location="lamp/wick")


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
    releases: Mapping[str, Mapping[str, JsonValue]] | None = None,
    whole: bool = True,
    since: float | None = None,
) -> History:
    """Return a history: commits as (days ago, author[, subject]), tags by days ago, notes by version.

    ``releases`` are a forge's, by tag: ``days`` ago, ``draft``, ``prerelease``.
    """
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
    out = [
        evidence("release", tag, days=float(str(told["days"])), data=dict(told))
        for tag, told in (releases or {}).items()
    ]
    seen_from = None if since is None else NOW - timedelta(days=since)
    return read([*own, *merged, *tagged, *noted, *out], now=NOW, whole=whole, since=seen_from)


def ago(days: float | None) -> str:
    """Return the moment so many days ago, as a source writes it."""
    return "" if days is None else (NOW - timedelta(days=days)).isoformat()


def ticket(
    number: int,
    /,
    *,
    opened: float,
    closed: float | None = None,
    merged: float | None = None,
    updated: float | None = None,
    kind: str = "issue",
    title: str = "Wick burns down",
    **told: JsonValue,
) -> Evidence:
    """Return an issue or a pull request as GitHub's reader leaves it; times are days ago."""
    ended = closed if merged is None else merged
    data: dict[str, JsonValue] = {
        "number": number,
        "state": "open" if ended is None else "closed",
        "labels": [],
        "comments": 0,
        "reactions": 0,
        "login": f"user{number % 7}",
        "bot": False,
        "association": "NONE",
        "opened_at": ago(opened),
        "updated_at": ago(updated if updated is not None else ended if ended is not None else opened),
        "closed_at": ago(ended),
        "merged_at": ago(merged),
        **told,
    }
    url = f"https://github.com/lamp/wick/{kind}s/{number}"
    base = evidence(kind, str(number), days=opened, title=title, data=data)
    return base.model_copy(update={"target": WATCHED.id, "source": "github", "url": url})


def whole_repository(**told: JsonValue) -> Evidence:
    """Return a repository's own entry."""
    data: dict[str, JsonValue] = {"full_name": "lamp/wick", "license": "MIT", "archived": False, **told}
    return evidence("repository", "repository", days=1, title="lamp/wick", data=data)


def disclosed(identity: str, *, days: float | None, severity: str = "HIGH", fixed: str | None = "1.2") -> Evidence:
    """Return an advisory that a repository published about itself, in OSV's form."""
    mended: list[JsonValue] = [{"fixed": fixed}] if fixed else []
    events: list[JsonValue] = [{"introduced": "0"}, *mended]
    affected: dict[str, JsonValue] = {
        "package": {"ecosystem": "PyPI", "name": "wick"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    data: dict[str, JsonValue] = {
        "id": identity,
        "published": ago(days),
        "affected": [affected],
        "database_specific": {"severity": severity},
    }
    return evidence("advisory", identity, days=days, data=data).model_copy(update={"source": "github"})


def row(source: str, state: CoverageState = CoverageState.COMPLETE, *, detail: str = "") -> Coverage:
    return Coverage(source=source, subject=WATCHED.id, state=state, as_of=NOW, detail=detail)


ALL_ROWS = tuple(
    row(source) for source in ("github", "github:issues", "github:releases", "github:advisories", "github:repository")
)


def look_at(*items: Evidence, rows: Sequence[Coverage] = ALL_ROWS, history: History | None = None) -> Diagnosis:
    """Return what is made of a forge's evidence beside a history, where the rows say what was collected."""
    forge, sights = told_of(*items, rows=rows)
    return with_past(diagnose(history if history is not None else make(), forge=forge, sights=sights))


def told_of(*items: Evidence, rows: Sequence[Coverage] = ALL_ROWS) -> tuple[Forge, Sights]:
    """Return the forge and what was seen of it."""
    forge = read_forge(items, now=NOW)
    sights = sights_of(WATCHED, seen_of(rows), forge)
    assert sights is not None
    return forge, sights


def seen_of(rows: Sequence[Coverage], *, fresh: float = 1.0, depth: float = 1.0) -> Seen:
    return Seen(tuple(rows), CoverageState.COMPLETE, True, NOW, fresh, depth, ())  # noqa: FBT003


def all_seen(*, since: float | None = None, state: CoverageState = CoverageState.COMPLETE) -> Sight:
    """Return a list that was seen, all of it or from some days ago on."""
    begin = None if since is None else NOW - timedelta(days=since)
    return Sight(name="issues", state=state, at_hand=True, whole=since is None, since=begin)


@pytest.fixture(name="history")
def _history() -> Callable[..., History]:
    return make


@pytest.fixture(name="fact")
def _fact() -> Callable[..., Evidence]:
    return evidence


@pytest.fixture(name="issue")
def _issue() -> Callable[..., Evidence]:
    return ticket


@pytest.fixture(name="state")
def _state() -> Callable[..., Evidence]:
    return whole_repository


@pytest.fixture(name="advisory")
def _advisory() -> Callable[..., Evidence]:
    return disclosed


@pytest.fixture(name="covered")
def _covered() -> Callable[..., Coverage]:
    return row


@pytest.fixture(name="look")
def _look() -> Callable[..., Diagnosis]:
    return look_at


@pytest.fixture(name="told")
def _told() -> Callable[..., tuple[Forge, Sights]]:
    return told_of


@pytest.fixture(name="seen")
def _seen() -> Callable[..., Seen]:
    return seen_of


@pytest.fixture(name="sight")
def _sight() -> Callable[..., Sight]:
    return all_seen


@pytest.fixture(name="now")
def _now() -> datetime:
    return NOW


@pytest.fixture(name="watched")
def _watched() -> Target:
    return WATCHED
