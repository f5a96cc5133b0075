"""Evidence in Postgres: written in lots inside the caller's transaction, read in pages each with its own."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, CursorResult, Engine, Row, text

from agents.contract import AgentReport, Evidence
from orchestrator.store.documents import clean_text, to_json
from orchestrator.store.news import changed, note, possible_news
from orchestrator.store.patience import patiently

LOT = 2_000
"""Rows in one statement: large enough that round trips do not count, small enough for the statement's time limit."""

_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:target, :area))")
_AREA = 0x10_0C_09  # any number of our own: it keeps these locks apart from others

_LOOKED = text("""
    INSERT INTO looks (tenant, target) VALUES (:tenant, :target)
    ON CONFLICT (tenant, target) DO UPDATE SET at = now()
""")
"""Whoever removes what is old holds this row: it is asked for before the evidence itself."""

_UPSERT = text("""
    INSERT INTO evidence (tenant, id, target, source, kind, key, at, title, data, url, about, run_id)
    SELECT :tenant, r.id, r.target, r.source, r.kind, r.key, r.at, r.title, r.data, r.url, NULLIF(r.about, '{}'), :run
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        id text, target text, source text, kind text, key text, at timestamptz, title text, data jsonb, url text,
        about text[])
    ON CONFLICT (tenant, id) DO UPDATE SET
        at = EXCLUDED.at, title = EXCLUDED.title, data = EXCLUDED.data, url = EXCLUDED.url, about = EXCLUDED.about,
        run_id = EXCLUDED.run_id, collected_at = now()
""")

_UPSERT_TOLD = text(f"""
    WITH written AS ({_UPSERT.text} RETURNING id, (xmax = 0) AS fresh) SELECT id FROM written WHERE fresh
""")  # noqa: S608  our own statement
"""The same, saying what was not there before: a row without ``xmax`` was inserted."""

_FORGET = text("""
    DELETE FROM evidence
    WHERE tenant = :tenant AND target = :target AND kind = ANY(:kinds) AND run_id <> :run
""")

_QUARANTINE = text("""
    INSERT INTO quarantine (tenant, target, source, key, reason, raw, run_id)
    SELECT :tenant, r.target, r.source, r.key, r.reason, r.raw, :run
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(target text, source text, key text, reason text, raw text)
    ON CONFLICT (tenant, target, source, key) DO UPDATE SET
        reason = EXCLUDED.reason, raw = EXCLUDED.raw, run_id = EXCLUDED.run_id, at = now()
""")

_CURSOR = text("""
    INSERT INTO cursors (tenant, target, source, value, run_id)
    VALUES (:tenant, :target, :source, CAST(:value AS jsonb), :run)
    ON CONFLICT (tenant, target, source) DO UPDATE SET value = EXCLUDED.value, run_id = EXCLUDED.run_id, at = now()
""")

_READ_CURSORS = text("SELECT source, value FROM cursors WHERE tenant = :tenant AND target = :target")

_PAGE = """
    SELECT target, source, kind, key, at, title, data, url, COALESCE(about, '{}') AS about, id
    FROM evidence
    WHERE tenant = :tenant
      AND (CAST(:targets AS text[]) IS NULL OR target = ANY(:targets))
      AND (CAST(:kinds AS text[]) IS NULL OR kind = ANY(:kinds))
      AND (target, kind, COALESCE(at, '-infinity'), key, id)
          > (:target, :kind, COALESCE(CAST(:at AS timestamptz), '-infinity'), :key, :id)
    ORDER BY target, kind, COALESCE(at, '-infinity'), key, id
    LIMIT :limit
"""

_COUNT_BY_TARGET = """
    SELECT target, count(*) AS n
    FROM evidence
    WHERE tenant = :tenant
      AND (CAST(:targets AS text[]) IS NULL OR target = ANY(:targets))
      AND (CAST(:kinds AS text[]) IS NULL OR kind = ANY(:kinds))
    GROUP BY target ORDER BY target
"""

_ABOUT = "FROM (SELECT * FROM evidence WHERE about && :about OFFSET 0) AS evidence"
_BY_INDEX = text("SET LOCAL enable_seqscan = off")
"""What is about one of some subjects, by the index of subjects and nothing else. Of a table that was just filled the
planner knows nothing: it would go through all that a target has (``OFFSET 0`` keeps this a step of its own), or, for
many subjects, through the whole table."""


def save_evidence(conn: Connection, report: AgentReport, *, tenant: str, run_id: UUID) -> None:
    """Write what a report collected: evidence, quarantined items and cursors, all or nothing with the transaction.

    Two runs that collect from one target take turns: each sees all that the other wrote when it says what is gone.
    """
    if report.evidence or report.replaces:
        conn.execute(_ALONE, {"target": clean_text(f"{tenant}\x1f{report.target}"), "area": _AREA})
    if report.evidence or report.replaces or report.cursors:
        conn.execute(_LOOKED, {"tenant": tenant, "target": clean_text(report.target)})
    by_id = {item.id: item for item in report.evidence}
    rows = [{"id": key, **by_id[key].model_dump(mode="json")} for key in sorted(by_id)]
    possible = possible_news(conn, report, tenant=tenant)
    fresh = set(changed(conn, possible, tenant=tenant)) if possible else set()
    for lot in _lots(rows):
        given = {"tenant": tenant, "run": run_id, "rows": to_json(lot)}
        if possible:
            fresh.update(conn.execute(_UPSERT_TOLD, given).scalars())
        else:
            conn.execute(_UPSERT, given)
    note(conn, [possible[key] for key in sorted(fresh & possible.keys())], tenant=tenant, run_id=run_id)
    if report.replaces:
        forget = {"tenant": tenant, "target": report.target, "kinds": list(report.replaces), "run": run_id}
        conn.execute(_FORGET, forget)
    by_key = {(item.target, item.source, item.key): item for item in report.quarantined}
    refused = [by_key[key].model_dump(mode="json") for key in sorted(by_key)]
    for lot in _lots(refused):
        conn.execute(_QUARANTINE, {"tenant": tenant, "run": run_id, "rows": to_json(lot)})
    for source, value in sorted(report.cursors.items()):
        place = {"tenant": tenant, "target": clean_text(report.target), "source": source, "run": run_id}
        conn.execute(_CURSOR, {**place, "value": to_json({"value": value})})


def read_cursors(conn: Connection, *, tenant: str, target: str) -> dict[str, Any]:
    """Return how far each source of a target was read."""
    rows = conn.execute(_READ_CURSORS, {"tenant": tenant, "target": clean_text(target)})
    return {row.source: row.value["value"] for row in rows}


class StoredEvidence:
    """Reads evidence page by page, so that no transaction stays open while an agent thinks."""

    def __init__(self, engine: Engine, *, tenant: str, page: int = LOT) -> None:
        self._engine = engine
        self._tenant = tenant
        self._page = page

    def read(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Iterator[Evidence]:
        """Yield evidence of the given targets, kinds and subjects (all where empty), by target, kind, time and key."""
        wanted = {**self._wanted(targets, kinds, about), "limit": self._page}
        after: dict[str, Any] = {"target": "", "kind": "", "at": None, "key": "", "id": ""}
        while True:
            rows = patiently(partial(self._page_after, {**wanted, **after}))
            yield from map(_evidence, rows)
            if len(rows) < self._page:
                return
            last = rows[-1]
            after = {"target": last.target, "kind": last.kind, "at": last.at, "key": last.key, "id": last.id}

    def count(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Mapping[str, int]:
        """Return how much there is of each target; one without any is left out."""
        return patiently(partial(self._counts, self._wanted(targets, kinds, about)))

    def _wanted(self, targets: Sequence[str], kinds: Sequence[str], about: Sequence[str]) -> dict[str, Any]:
        """Return the parameters that choose evidence."""
        return {
            "tenant": self._tenant,
            "targets": [clean_text(target) for target in targets] or None,
            "kinds": list(kinds) or None,
            "about": [clean_text(subject) for subject in about] or None,
        }

    def _counts(self, wanted: dict[str, Any]) -> dict[str, int]:
        """Return the counts, in a transaction of its own."""
        with self._engine.connect() as conn:
            return {row.target: row.n for row in _chosen(conn, _COUNT_BY_TARGET, wanted)}

    def _page_after(self, place: dict[str, Any]) -> Sequence[Row[Any]]:
        """Return one page, in a transaction of its own."""
        with self._engine.connect() as conn:
            return _chosen(conn, _PAGE, place).all()


def _chosen(conn: Connection, statement: str, wanted: dict[str, Any]) -> CursorResult[Any]:
    """Return a statement's rows, over what is about the wanted subjects where there are any."""
    if wanted["about"] is None:
        return conn.execute(text(statement), wanted)
    conn.execute(_BY_INDEX)
    return conn.execute(text(statement.replace("FROM evidence", _ABOUT)), wanted)


def _evidence(row: Row[Any]) -> Evidence:
    """Return the value that a row holds; it was checked when it was written, so it is not checked again."""
    return Evidence.model_construct(
        target=row.target,
        source=row.source,
        kind=row.kind,
        key=row.key,
        at=row.at,
        title=row.title,
        data=row.data,
        url=row.url,
        about=tuple(row.about),
    )


def _lots(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows in lots."""
    for start in range(0, len(rows), LOT):
        yield rows[start : start + LOT]
