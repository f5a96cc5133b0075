"""Findings in Postgres: each claim once, each run's own view of it, and the files made for people."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from agents.contract import AgentReport, Finding
from orchestrator.store.documents import clean_text, to_json

FOUND = """
    found AS MATERIALIZED (
        SELECT DISTINCT ON (f.id) f.id, f.step, f.body
        FROM jsonb_to_recordset(CAST(:findings AS jsonb)) AS f(id text, n int, step text, body jsonb) {only}
        ORDER BY f.id, f.n DESC
    )
"""
"""What steps found, once for each claim: of several that made it, what the last says of ``only`` some."""

KEEP_FOUND = """
    known AS (
        INSERT INTO findings (tenant, id, kind, target, claim, severity, confidence, title, since, body,
                              first_run, last_run)
        SELECT :tenant, g.id, g.body ->> 'kind', g.body ->> 'target', g.body ->> 'claim', g.body ->> 'severity',
               (g.body ->> 'confidence')::float, g.body ->> 'title', (g.body ->> 'since')::timestamptz, g.body,
               :run, :run
        FROM found g
        ON CONFLICT (tenant, id) DO UPDATE SET
            severity = EXCLUDED.severity, confidence = EXCLUDED.confidence, title = EXCLUDED.title,
            since = EXCLUDED.since, body = EXCLUDED.body, last_run = EXCLUDED.last_run, last_seen_at = now(),
            runs_seen = findings.runs_seen + (findings.last_run <> EXCLUDED.last_run)::int
        RETURNING findings.id
    ), seen AS (
        INSERT INTO run_findings (run_id, finding_id, step, body) SELECT :run, g.id, g.step, g.body FROM found g
        ON CONFLICT (run_id, finding_id) DO UPDATE SET step = EXCLUDED.step, body = EXCLUDED.body
        RETURNING finding_id
    )
"""
"""Writes down each claim of ``found``, in order of ids, as it is known now, and the run's own view of it."""

_KEEP = text(f"""
    WITH {FOUND.format(only="")}, {KEEP_FOUND}
    SELECT (SELECT count(*) FROM known), (SELECT count(*) FROM seen)
""")  # noqa: S608  our own words alone

_SAID = text("SELECT finding_id FROM run_findings WHERE run_id = :run AND finding_id = ANY(:ids)")

_ARTIFACT = text("""
    INSERT INTO artifacts (run_id, name, step, media_type, body) VALUES (:run, :name, :step, :media_type, :body)
    ON CONFLICT (run_id, name) DO UPDATE SET step = EXCLUDED.step, media_type = EXCLUDED.media_type,
        body = EXCLUDED.body, at = now()
""")

_OF_RUN = text("SELECT step, body FROM run_findings WHERE run_id = :run ORDER BY finding_id")

_READ_ARTIFACT = text("SELECT media_type, body FROM artifacts WHERE run_id = :run AND name = :name")


def unsaid(conn: Connection, report: AgentReport, *, run_id: UUID) -> AgentReport:
    """Return a report without what other steps of its run have found already: their word stands."""
    asked = {"run": run_id, "ids": sorted({finding.id for finding in report.findings})}
    said = frozenset(conn.execute(_SAID, asked).scalars()) if report.findings else frozenset()
    left = tuple(finding for finding in report.findings if finding.id not in said)
    return report.model_copy(update={"findings": left}) if said else report


def save_findings(conn: Connection, reports: Mapping[str, AgentReport], *, tenant: str, run_id: UUID) -> None:
    """Write what a run's steps found, inside the caller's transaction, in the order of ids."""
    rows = finding_rows(reports)
    if rows:
        conn.execute(_KEEP, {"tenant": tenant, "run": run_id, "findings": to_json(rows)})


def finding_rows(reports: Mapping[str, AgentReport]) -> list[dict[str, Any]]:
    """Return what steps found, as ``FOUND`` reads it, in the order in which they are given."""
    found = [(step, finding) for step, report in reports.items() for finding in report.findings]
    return [{"id": one.id, "n": n, "step": step, "body": one} for n, (step, one) in enumerate(found)]


def save_artifacts(conn: Connection, report: AgentReport, *, run_id: UUID, step: str) -> None:
    """Write the files that a step made for people, inside the caller's transaction."""
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
