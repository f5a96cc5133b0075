"""Findings in Postgres: each claim once, each run's own view of it, and the files made for people."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from agents.contract import AgentReport, Finding
from orchestrator.store.documents import clean_text, to_json

_UPSERT = text("""
    INSERT INTO findings (tenant, id, kind, target, claim, severity, confidence, title, since, body,
                          first_run, last_run)
    SELECT :tenant, r.id, r.kind, r.target, r.claim, r.severity, r.confidence, r.title, r.since, to_jsonb(r) - 'id',
           :run, :run
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        id text, kind text, target text, claim text, severity text, confidence float, title text, detail text,
        since timestamptz, evidence jsonb, coverage jsonb, next_action text, data jsonb)
    ON CONFLICT (tenant, id) DO UPDATE SET
        severity = EXCLUDED.severity, confidence = EXCLUDED.confidence, title = EXCLUDED.title,
        since = EXCLUDED.since, body = EXCLUDED.body, last_run = EXCLUDED.last_run, last_seen_at = now(),
        runs_seen = findings.runs_seen + (findings.last_run <> EXCLUDED.last_run)::int
""")

_LINK = text("""
    INSERT INTO run_findings (run_id, finding_id, step, body)
    SELECT :run, r.id, :step, r.body FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id text, body jsonb)
    ON CONFLICT (run_id, finding_id) DO UPDATE SET step = EXCLUDED.step, body = EXCLUDED.body
""")

_ARTIFACT = text("""
    INSERT INTO artifacts (run_id, name, step, media_type, body) VALUES (:run, :name, :step, :media_type, :body)
    ON CONFLICT (run_id, name) DO UPDATE SET step = EXCLUDED.step, media_type = EXCLUDED.media_type,
        body = EXCLUDED.body, at = now()
""")

_OF_RUN = text("SELECT step, body FROM run_findings WHERE run_id = :run ORDER BY finding_id")

_READ_ARTIFACT = text("SELECT media_type, body FROM artifacts WHERE run_id = :run AND name = :name")


def save_findings(conn: Connection, report: AgentReport, *, tenant: str, run_id: UUID, step: str) -> None:
    """Write what a report found and made, inside the caller's transaction, in the order of ids."""
    by_id = {finding.id: finding for finding in report.findings}
    bodies = {key: by_id[key].model_dump(mode="json") for key in sorted(by_id)}
    if bodies:
        rows = [{"id": key, **body} for key, body in bodies.items()]
        conn.execute(_UPSERT, {"tenant": tenant, "run": run_id, "rows": to_json(rows)})
        links = [{"id": key, "body": body} for key, body in bodies.items()]
        conn.execute(_LINK, {"run": run_id, "step": step, "rows": to_json(links)})
    for artifact in report.artifacts:
        place = {"run": run_id, "step": step, "name": artifact.name, "media_type": artifact.media_type}
        conn.execute(_ARTIFACT, {**place, "body": clean_text(artifact.text)})


def findings_by_step(conn: Connection, run_id: UUID) -> dict[str, tuple[Finding, ...]]:
    """Return a run's findings under the name of the step that made them, by id."""
    found: dict[str, list[Finding]] = {}
    for row in conn.execute(_OF_RUN, {"run": run_id}):
        found.setdefault(row.step, []).append(Finding.model_validate(row.body))
    return {step: tuple(rows) for step, rows in found.items()}


def read_artifact(conn: Connection, run_id: UUID, *, name: str) -> tuple[str, str] | None:
    """Return an artifact's media type and text; None where the run made none of that name."""
    row: Any = conn.execute(_READ_ARTIFACT, {"run": run_id, "name": name}).one_or_none()
    return None if row is None else (row.media_type, row.body)
