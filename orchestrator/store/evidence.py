"""Evidence in Postgres: written in lots inside the caller's transaction, read in pages each with its own."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, text

from agents.contract import AgentReport, Evidence
from orchestrator.store.documents import clean_text, to_json

LOT = 2_000
"""Rows in one statement: large enough that round trips do not count, small enough for the statement's time limit."""

_UPSERT = text("""
    INSERT INTO evidence (tenant, id, target, source, kind, key, at, title, data, url, run_id)
    SELECT :tenant, r.id, r.target, r.source, r.kind, r.key, r.at, r.title, r.data, r.url, :run
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        id text, target text, source text, kind text, key text, at timestamptz, title text, data jsonb, url text)
    ON CONFLICT (tenant, id) DO UPDATE SET
        at = EXCLUDED.at, title = EXCLUDED.title, data = EXCLUDED.data, url = EXCLUDED.url, run_id = EXCLUDED.run_id,
        collected_at = now()
""")

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

_PAGE = text("""
    SELECT target, source, kind, key, at, title, data, url, id
    FROM evidence
    WHERE tenant = :tenant
      AND (CAST(:targets AS text[]) IS NULL OR target = ANY(:targets))
      AND (CAST(:kinds AS text[]) IS NULL OR kind = ANY(:kinds))
      AND (target, kind, COALESCE(at, '-infinity'), key, id)
          > (:target, :kind, COALESCE(CAST(:at AS timestamptz), '-infinity'), :key, :id)
    ORDER BY target, kind, COALESCE(at, '-infinity'), key, id
    LIMIT :limit
""")

_COUNT = text("""
    SELECT kind, count(*) AS n FROM evidence WHERE tenant = :tenant AND target = :target GROUP BY kind ORDER BY kind
""")


def save_evidence(conn: Connection, report: AgentReport, *, tenant: str, run_id: UUID) -> None:
    """Write what a report collected: evidence, quarantined items and cursors, all or nothing with the transaction.

    Rows go in the order of their ids, so that two runs on one target wait for each other instead of deadlocking.
    """
    by_id = {item.id: item for item in report.evidence}
    rows = [{"id": key, **by_id[key].model_dump(mode="json")} for key in sorted(by_id)]
    for lot in _lots(rows):
        conn.execute(_UPSERT, {"tenant": tenant, "run": run_id, "rows": to_json(lot)})
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


def count_evidence(conn: Connection, *, tenant: str, target: str) -> dict[str, int]:
    """Return how many facts of each kind are kept of a target."""
    return {row.kind: row.n for row in conn.execute(_COUNT, {"tenant": tenant, "target": target})}


class StoredEvidence:
    """Reads evidence page by page, so that no transaction stays open while an agent thinks."""

    def __init__(self, engine: Engine, *, tenant: str, page: int = LOT) -> None:
        self._engine = engine
        self._tenant = tenant
        self._page = page

    def read(self, *, targets: Sequence[str] = (), kinds: Sequence[str] = ()) -> Iterator[Evidence]:
        """Yield evidence of the given targets and kinds (all where empty), by target, kind, time and key."""
        wanted = {
            "tenant": self._tenant,
            "targets": [clean_text(target) for target in targets] or None,
            "kinds": list(kinds) or None,
            "limit": self._page,
        }
        after: dict[str, Any] = {"target": "", "kind": "", "at": None, "key": "", "id": ""}
        while True:
            with self._engine.connect() as conn:
                rows = conn.execute(_PAGE, {**wanted, **after}).all()
            yield from map(_evidence, rows)
            if len(rows) < self._page:
                return
            last = rows[-1]
            after = {"target": last.target, "kind": last.kind, "at": last.at, "key": last.key, "id": last.id}


def _evidence(row: Row[Any]) -> Evidence:
    """Return the value that a row holds."""
    return Evidence(
        target=row.target,
        source=row.source,
        kind=row.kind,
        key=row.key,
        at=row.at,
        title=row.title,
        data=row.data,
        url=row.url,
    )


def _lots(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows in lots."""
    for start in range(0, len(rows), LOT):
        yield rows[start : start + LOT]
