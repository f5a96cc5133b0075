"""Schedules for tests: what to watch, what is scheduled, and an app that sends as ours does."""

from pathlib import Path
from uuid import UUID

from celery import Celery

from agents.catalog import catalog
from agents.contract import Target, TargetKind
from orchestrator.domain.watchlist import Watchlist
from orchestrator.intake import Intake
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.outside import Copies
from orchestrator.ledger.relay import Relay
from orchestrator.queues import DOOR, ROUTES, task_queues
from orchestrator.scheduling.schedules import Scheduled, list_schedules, watch
from support.stages import Stage

DAY = 86_400


class Timetable:
    """The schedules of one stage, and what a test does to them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def watch(self, watchlist: Watchlist) -> None:
        """Watch a list, without jitter, and let everything be due at this moment."""
        with self.stage.engine.begin() as conn:
            watch(conn, watchlist, jitter=0)
        self.sql("UPDATE schedules SET next_due = now()")

    def all(self) -> dict[str, Scheduled]:
        """Return every schedule by its name."""
        with self.stage.engine.connect() as conn:
            return {each.name: each for each in list_schedules(conn)}

    def sql(self, statement: str, **values: object) -> None:
        """Change the database behind everybody's back."""
        with self.stage.engine.begin() as conn:
            conn.exec_driver_sql(statement, values)

    def runs(self) -> list[UUID]:
        """Return the ids of all runs, the first first."""
        with self.stage.engine.connect() as conn:
            return [row.id for row in conn.exec_driver_sql("SELECT id FROM runs ORDER BY created_at")]


def catalogue_sender(broker_url: str) -> Celery:
    """Return an app that sends as ours does, with the queues of the real catalogue."""
    app = Celery("scheduler", set_as_current=False)
    app.conf.update(
        broker_url=broker_url,
        broker_write_url=broker_url,  # unlike the one above, no environment goes before it
        result_backend="orchestrator.ledger.backend:LedgerBackend",
        task_queues=task_queues(catalog()),
        task_default_queue=DOOR,
        task_default_exchange=DOOR,
        task_default_routing_key=DOOR,
        task_create_missing_queues=False,
        task_routes=ROUTES,
        task_ignore_result=True,
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0.1},
    )
    return app


def intake_of(stage: Stage, app: Celery) -> Intake:
    """Return where triggers are taken in, with the real catalogue."""
    relay = Relay(stage.engine, app, specs=catalog(), copies=Copies(app, keep_seconds=60))
    return Intake(engine=stage.engine, relay=relay, specs=catalog(), limits=Limits())


def lock_file(location: str = "/srv/lock.txt", *, age: int = DAY) -> Target:
    """Return a target that needs nothing but its collection and its comparison."""
    return Target(kind=TargetKind.SBOM, location=location, max_age_seconds=age)


def listed(*targets: Target, name: str = "stack", path: str = "/srv/stack.yaml") -> Watchlist:
    """Return a watchlist of these targets."""
    return Watchlist(name=name, targets=targets, path=Path(path))
