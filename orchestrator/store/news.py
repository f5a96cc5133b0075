"""What of a report is news: it is noted beside the evidence, and a sweep makes runs of it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from agents.contract import AgentReport, Evidence
from orchestrator.store.documents import clean_text

NOTED = ("release", "version", "advisory")
"""Kinds of evidence that start a run of their own where they are new."""
CURSORS = {("github", "release"): "github:releases", ("github", "advisory"): "github:advisories"}
"""Which cursor tells that such evidence was read before, by source and kind, where it is not the source's own."""
_LATE = timedelta(days=30)
_EARLY = timedelta(days=1)

_READ_BEFORE = text("""
    SELECT source FROM cursors
    WHERE tenant = :tenant AND target = :target AND source = ANY(:of) AND value -> 'value' <> '{}'
""")
"""Which of some sources were read before; where one never was, everything would be news."""

_BEFORE = text("""
    SELECT id, about, at IS NOT NULL AND COALESCE(data ->> 'draft', '') <> 'true'
                      AND COALESCE(data ->> 'prerelease', '') <> 'true' AS out
    FROM evidence WHERE tenant = :tenant AND id = ANY(:ids)
""")

_NOTE = text("""
    INSERT INTO sightings (tenant, evidence, kind, run_id)
    SELECT :tenant, n.id, n.kind, :run FROM unnest(CAST(:ids AS text[]), CAST(:kinds AS text[])) AS n(id, kind)
    ON CONFLICT DO NOTHING
""")


def possible_news(conn: Connection, report: AgentReport, *, tenant: str) -> Mapping[str, Evidence]:
    """Return by id what is news unless it was there before: it happened of late, and its part was read before.

    A part that failed at every look so far brings all that there is once it can be read.
    """
    now = datetime.now(UTC)
    late = [
        item
        for item in report.evidence
        if item.kind in NOTED and item.at is not None and now - _LATE < item.at < now + _EARLY and _is_out(item)
    ]
    if not late:
        return {}
    of = {(item.source, item.kind): CURSORS.get((item.source, item.kind), item.source) for item in late}
    where = {"tenant": tenant, "target": clean_text(report.target), "of": sorted(set(of.values()))}
    read = set(conn.execute(_READ_BEFORE, where).scalars())
    return {item.id: item for item in late if of[item.source, item.kind] in read}


def changed(conn: Connection, possible: Mapping[str, Evidence], *, tenant: str) -> frozenset[str]:
    """Return what is news though it was there. It is asked before the evidence is written.

    That is a release that was a draft, a pre-release or undated and is out now, and an advisory that names more.
    """
    rows = conn.execute(_BEFORE, {"tenant": tenant, "ids": sorted(possible)})
    return frozenset(row.id for row in rows if _became_news(possible[row.id], row))


def note(conn: Connection, news: Iterable[Evidence], *, tenant: str, run_id: UUID) -> None:
    """Note what is news."""
    kinds = {item.id: item.kind for item in news}
    if kinds:
        conn.execute(_NOTE, {"tenant": tenant, "run": run_id, "ids": list(kinds), "kinds": list(kinds.values())})


def _is_out(item: Evidence) -> bool:
    """Whether people can have it."""
    return item.kind == "advisory" or not (item.data.get("draft") is True or item.data.get("prerelease") is True)


def _became_news(item: Evidence, before: Row[Any]) -> bool:
    """Whether it is news in spite of what was stored of it."""
    if item.kind == "advisory":
        return not set(item.about) <= set(before.about or ())
    return not before.out
