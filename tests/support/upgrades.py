"""A database as the first release left it: its schema, rows in all states, and the messages that it had sent."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from alembic import command
from celery import Celery, chain, group
from celery.canvas import Signature
from celery.result import denied_join_result
from psycopg import sql
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from orchestrator.domain.plans import Parallel, Plan, Shape, Step
from orchestrator.ledger.layout import lay_out
from orchestrator.local.passwords import read_passwords
from orchestrator.local.place import find_place
from orchestrator.local.roles import APP, GRANTS, OWNER, connect
from orchestrator.local.services import EmbeddedServices
from orchestrator.local.sockets import POSTGRES_PORT
from orchestrator.store import migrating
from orchestrator.store.documents import to_json

_STEP = ("shape", "name", "agent", "capability", "target", "sources", "needs", "required", "fallbacks")
_PLAN = ("priority", "priority_reason", "deadline_seconds", "resources", "left_out", "unserved", "options")
_TARGET = ("kind", "location", "name", "tier", "look", "max_age_seconds", "options")
_TRIGGER: dict[str, Any] = {
    "kind": "monitor",
    "targets": [],
    "subject": "old",
    "as_of": None,
    "text": "",
    "options": {},
    "key": "",
}

Rows = dict[str, list[dict[str, Any]]]


@contextmanager
def own_database(services: EmbeddedServices, name: str) -> Iterator[Mapping[str, str]]:
    """Yield the addresses, of the ``owner`` and of the ``app``, of an empty database like the embedded one."""
    place, passwords = find_place(services.home), read_passwords(services.home)
    assert passwords is not None
    named = sql.Identifier(name)
    with connect(place.sockets, database="postgres", password=passwords.superuser) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(named, sql.Identifier(OWNER)))
    with connect(place.sockets, database=name, password=passwords.superuser) as connection:
        for grant in (each for each in GRANTS if "ON DATABASE" not in each):
            connection.execute(grant)
    secrets = {"owner": (OWNER, passwords.owner), "app": (APP, passwords.app)}
    end = f"/{name}?host={place.sockets}&port={POSTGRES_PORT}"
    yield {who: f"postgresql+psycopg://{role}:{word.get_secret_value()}@{end}" for who, (role, word) in secrets.items()}
    with connect(place.sockets, database="postgres", password=passwords.superuser) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(named))


def go_to(address: str, revision: str, *, up: bool) -> None:
    """Bring a database to a revision, as the tables' owner."""
    engine = create_engine(address)
    config = migrating._config()  # noqa: SLF001  no command of ours stops half-way or goes back
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        move = command.upgrade if up else command.downgrade
        move(config, revision)
    engine.dispose()


def write(conn: Connection, rows: Rows) -> None:
    """Write rows, tables in the given order; columns that a row does not name get their defaults."""
    for table, lines in rows.items():
        for line in lines:
            names = ", ".join(f'"{name}"' for name in line)
            given = text(
                f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE "  # noqa: S608  our own names
                f"SELECT {names} FROM jsonb_populate_record(NULL::{table}, CAST(:line AS jsonb))"
            )
            conn.execute(given, {"line": to_json(line)})


def contents(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, in an order of their own."""
    names = sorted(set(inspect(engine).get_table_names()) - {"alembic_version"})
    with engine.connect() as conn:
        return {
            name: list(conn.execute(text(f"SELECT to_jsonb(t) FROM {name} t ORDER BY t::text")).scalars())  # noqa: S608
            for name in names
        }


def old_plan(plan: Plan) -> dict[str, Any]:
    """Return a plan as the first release wrote it: without what was added since."""
    whole = plan.model_dump(mode="json")
    targets = [{name: target[name] for name in _TARGET} for target in whole["targets"]]
    return {**{name: whole[name] for name in _PLAN}, "shape": _old_shape(plan.shape), "targets": targets}


def _old_shape(shape: Shape) -> dict[str, Any]:
    if isinstance(shape, Step):
        whole = shape.model_dump(mode="json")
        return {name: whole[name] for name in _STEP}
    return {"shape": shape.shape, "parts": [_old_shape(part) for part in shape.parts]}


def old_run(plan: Plan, *, run_id: UUID, state: str = "running", done: tuple[str, ...] = (), ended: str = "") -> Rows:
    """Return the rows of a run, as the first release wrote them, in which some steps are done."""
    written = old_plan(plan)
    specs = {step["name"]: step for step in _steps_of(written["shape"])}
    targets = {f"{target['kind']}:{target['location']}": target for target in written["targets"]}
    layout = lay_out(plan.shape)
    left = dict(layout.gates)
    steps = []
    for position, laid in enumerate(layout.steps):
        spec = specs[laid.step.name]
        over = spec["name"] in done
        left[laid.counts] -= over
        steps.append(
            {
                "run_id": str(run_id),
                "name": spec["name"],
                "position": position,
                "agent": spec["agent"],
                "queue": spec["agent"],
                "spec": spec,
                "target": targets.get(spec["target"]),
                "behind": laid.behind,
                "counts": laid.counts,
                "needs": spec["needs"],
                "fallbacks": spec["fallbacks"],
                "required": spec["required"],
                "state": "succeeded" if over else "pending",
                "attempt": int(over),
                "max_failures": 4,
                "max_losses": 10,
                "hard_seconds": 20.0,
                "result": {"agent": "actor", "summary": spec["name"], "counts": {}} if over else None,
            }
        )
    gates = [{"run_id": str(run_id), "name": name, "left": count} for name, count in left.items()]
    run = {
        "id": str(run_id),
        "trigger_key": f"manual:{run_id}",
        "kind": "monitor",
        "state": state,
        "priority": 2,
        "trigger": {**_TRIGGER, "source": "cli", "priority": None, "deadline_seconds": None},
        "plan": written,
        "deadline_at": "2999-01-01T00:00:00+00:00",
        "finished_at": ended or None,
    }
    tried = [
        {"run_id": str(run_id), "step": name, "attempt": 1, "agent": "actor", "worker": "old:1", "outcome": "succeeded"}
        for name in done
    ]
    return {"runs": [run], "steps": steps, "gates": gates, "attempts": tried}


def _steps_of(shape: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if shape["shape"] == "step":
        yield dict(shape)
        return
    for part in shape["parts"]:
        yield from _steps_of(part)


def together(*parts: Rows) -> Rows:
    """Return the rows of several runs, table by table."""
    tables = dict.fromkeys(table for part in parts for table in part)
    return {table: [line for part in parts for line in part.get(table, [])] for table in tables}


def old_message(app: Celery, run_id: UUID, shape: Shape) -> Signature:
    """Return the canvas that the first release built: one message a step, with the run's id and the step's name."""
    if isinstance(shape, Step):
        given = {"args": (str(run_id), shape.name), "immutable": True, "queue": shape.agent}
        return app.signature("lookout.step", **given)
    parts = [old_message(app, run_id, part) for part in shape.parts]
    return group(parts, app=app) if isinstance(shape, Parallel) else chain(*parts, app=app)


def send_old(app: Celery, run_id: UUID, shape: Shape) -> None:
    """Send a run's messages as the first release did."""
    with denied_join_result():
        old_message(app, run_id, shape).apply_async()


def old_records(run_id: UUID) -> Rows:
    """Return what stood beside runs: dead letters, messages, calls, findings, evidence, schedules, leases."""
    run, hour = str(run_id), "2026-01-02T03:04:05+00:00"
    return {
        "dead_letters": [
            {"id": 7, "run_id": run, "step": "a", "agent": "actor", "reason": "losses", "attempt": 10, "error": "gone"}
        ],
        "outbox": [{"id": 3, "run_id": run, "why": "ended", "published_at": hour}],
        "calls": [{"task_id": "call-1", "run_id": run}, {"task_id": "call-2", "refusal": "no such field"}],
        "run_findings": [{"run_id": run, "finding_id": "f-1", "step": "a", "body": {"severity": "low"}}],
        "artifacts": [{"run_id": run, "name": "report.md", "step": "end", "media_type": "text/plain", "body": "well"}],
        "findings": [
            {
                "id": "f-1",
                "kind": "k",
                "target": "t",
                "claim": "c",
                "severity": "low",
                "confidence": 0.5,
                "title": "it is so",
                "body": {},
                "first_run": run,
                "last_run": run,
            }
        ],
        "evidence": [
            {
                "id": f"ev-{number}",
                "target": "git:/srv/a",
                "source": "git",
                "kind": "commit",
                "key": str(number),
                "data": {},
                "run_id": run,
                "collected_at": f"2026-01-0{number}T00:00:00+00:00",
            }
            for number in (1, 2)
        ],
        "cursors": [
            {"target": "git:/srv/b", "source": "git", "value": {"value": "abc"}, "run_id": run, "at": hour},
            {"target": "git:/srv/a", "source": "git", "value": {"value": "abc"}, "run_id": run, "at": hour},
        ],
        "quarantine": [{"target": "t", "source": "s", "key": "k", "reason": "dirt", "run_id": run}],
        "schedules": [
            {
                "name": "mine/1d",
                "watchlist": "mine",
                "trigger": {**_TRIGGER, "source": "schedule"},
                "every_seconds": 86_400.0,
                "next_due": hour,
            }
        ],
        "occurrences": [{"schedule": "mine/1d", "due": hour, "run_id": run, "note": "coalesced: run x still runs"}],
        "leases": [{"name": "beat", "owner": "old:1", "token": 4, "until": hour}],
        "broker": [{"name": "broker", "token": "remember me"}],
    }
