"""What tests of sightings play with: an intake on the real ledger, and looks that bring evidence."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from support.stages import Stage

from agents.contract import AgentReport, Evidence, Target, TargetKind, Untrusted
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.intake import Intake
from orchestrator.sighting.following import Follower
from orchestrator.store.evidence import save_evidence

FLASK = Target(kind=TargetKind.GITHUB, location="pallets/flask")
LOCK = Target(kind=TargetKind.SBOM, location="/srv/lock")
OTHER = Target(kind=TargetKind.SBOM, location="/srv/other")
OSV = Target(kind=TargetKind.ADVISORIES, location="osv")
FOLDER = Target(kind=TargetKind.ADVISORIES, location="/srv/osv")
ALL = (FLASK, LOCK, OTHER, OSV, FOLDER)

Look = Callable[..., UUID]


@pytest.fixture
def intake(stage: Stage) -> Intake:
    from orchestrator import wiring  # noqa: PLC0415  once the stage's addresses are known

    return wiring.intake()


GITHUB = ("github", "github:releases", "github:advisories")


@pytest.fixture
def look(stage: Stage, intake: Intake) -> Look:
    """Have a run of the watchlist bring a report on one target, and end; each look hands its cursors on."""

    def bring(
        target: Target,
        *evidence: Evidence,
        source: str = "github",
        label: str = "shop",
        targets: tuple[Target, ...] = ALL,
        read: tuple[str, ...] | None = None,
        tenant: str = "default",
        ended: bool = True,
    ) -> UUID:
        trigger = Trigger(kind=TriggerKind.MONITOR, targets=targets, options={"label": label}, source="cli")
        accepted = intake.accept(trigger)
        sources = (GITHUB if source == "github" else (source,)) if read is None else read
        cursors = {one: {"read": True} for one in sources}
        report = AgentReport(agent="data_manager", target=target.id, evidence=evidence, cursors=cursors)
        with stage.engine.begin() as conn:
            save_evidence(conn, report, tenant=tenant, run_id=accepted.run_id)
        if ended:
            end(stage, accepted.run_id)
        return accepted.run_id

    return bring


@pytest.fixture
def follower(intake: Intake) -> Follower:
    return Follower(intake, days=7)


def followed(stage: Stage) -> list[Any]:
    """Return the triggers of the runs that sightings started."""
    statement = "SELECT trigger, trigger_key, tenant FROM runs WHERE trigger ->> 'source' = 'sighting' ORDER BY id"
    with stage.engine.connect() as conn:
        return list(conn.execute(text(statement)).all())


def end(stage: Stage, run_id: UUID) -> None:
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE runs SET state = 'succeeded', finished_at = now() WHERE id = :run"), {"run": run_id})


def ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def release(version: str, *, days: float | None = 1, **data: bool) -> Evidence:
    told = {"tag": version, **data}
    at = None if days is None else ago(days)
    return Evidence(target=FLASK.id, source="github", kind="release", key=version, at=at, data=told)


def uses(target: Target, name: str, *, ecosystem: str = "PyPI") -> Evidence:
    data = {"ecosystem": ecosystem, "name": name, "version": "1.0", "pinned": True}
    return Evidence(target=target.id, source="manifest", kind="dependency", key=name, data=data)


def advisory(
    name: str, *aliases: str, at: Target, package: str = "lamp", source: str = "osv", published: float | None = None
) -> Evidence:
    data = {
        "id": name,
        "aliases": list(aliases),
        "affected": [{"ecosystem": "PyPI", "name": package, "versions": ["1.0"]}],
        **({} if published is None else {"published": ago(published).isoformat()}),
    }
    return Evidence(
        target=at.id,
        source=source,
        kind="advisory",
        key=name,
        at=ago(1),
        title=Untrusted("bad"),
        data=data,
        about=(f"package:pypi/{package}",),
    )
