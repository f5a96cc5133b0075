"""Which part of a history one look reads: all of it, or what is new since the last look."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue

from agents.errors import BadEvidenceError
from agents.sources.collected import digest
from agents.sources.git.command import Git
from agents.sources.git.head import blob_at, is_ancestor, shallow_boundary
from agents.sources.look import Look

MAX_COMMITS = 50_000
_READER = "1"
"""Raise it when the evidence changes its form: what was read by an older one is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What one look reads: which commits, how many at most, and what was read before."""

    head: str
    selection: tuple[str, ...]
    """Arguments that name the commits to git."""
    afresh: bool
    """Whether nothing that earlier looks left stays."""
    shape: str
    """A digest of everything but the newest commit that decides what is read."""
    boundary: frozenset[str]
    """Where a shallow clone was cut."""
    limit: int
    held: int = 0
    """Commits that earlier looks left, and that this one leaves alone."""
    oldest: str = ""
    """The day of the oldest of those; empty for none."""


def span(git: Git, look: Look, *, source: str, newest: str) -> Span:
    """Return what to read up to the newest commit, given what the source's last look left."""
    limit = look.whole_number("max_commits", default=MAX_COMMITS)
    boundary = shallow_boundary(git)
    shape = digest(_READER, str(limit), *window(look), blob_at(git, newest, ".mailmap"), *sorted(boundary))
    whole = Span(head=newest, selection=(newest,), afresh=True, shape=shape, boundary=boundary, limit=limit)
    before = _before(look.cursor(source), shape=shape)
    if before is None or not is_ancestor(git, before[0], of=newest):
        return whole
    return replace(whole, selection=(newest, f"^{before[0]}"), afresh=False, held=before[1], oldest=before[2])


def _before(cursor: Mapping[str, JsonValue], *, shape: str) -> tuple[str, int, str] | None:
    newest, seen, oldest = (cursor.get(part) for part in ("head", "seen", "oldest"))
    if cursor.get("shape") != shape or not isinstance(newest, str) or not isinstance(seen, int):
        return None
    return newest, seen, oldest if isinstance(oldest, str) else ""


def window(look: Look) -> tuple[str, ...]:
    """Return git's argument for the target's option ``since``; raises ``BadEvidenceError`` where it is no date."""
    since = look.target.options.get("since")
    if since is None:
        return ()
    try:
        return (f"--since={datetime.fromisoformat(str(since)).isoformat()}",)
    except ValueError as error:
        raise BadEvidenceError(
            f"target {look.target.id}, option since: {since!r} is not a date; write it as 2024-01-31"
        ) from error
