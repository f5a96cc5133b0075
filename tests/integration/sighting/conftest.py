"""What tests of sightings play with: an intake on the real ledger, and looks that bring evidence."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from support.stages import Stage

from agents.contract import AgentReport, Evidence, Target, TargetKind, Untrusted
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.intake import Intake
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


@pytest.fixture
def look(stage: Stage, intake: Intake) -> Look:
    """Have a run of the watchlist bring a report on one target; each look hands its cursor on."""

    def bring(target: Target, *evidence: Evidence, source: str = "github", label: str = "shop") -> UUID:
        trigger = Trigger(kind=TriggerKind.MONITOR, targets=ALL, options={"label": label}, source="cli")
        accepted = intake.accept(trigger)
        cursor = {source: {"read": True}}
        report = AgentReport(agent="data_manager", target=target.id, evidence=evidence, cursors=cursor)
        with stage.engine.begin() as conn:
            save_evidence(conn, report, tenant="default", run_id=accepted.run_id)
        return accepted.run_id

    return bring


def ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def release(version: str, *, days: float = 1, **data: bool) -> Evidence:
    told = {"tag": version, **data}
    return Evidence(target=FLASK.id, source="github", kind="release", key=version, at=ago(days), data=told)


def uses(target: Target, name: str, *, ecosystem: str = "PyPI") -> Evidence:
    data = {"ecosystem": ecosystem, "name": name, "version": "1.0", "pinned": True}
    return Evidence(target=target.id, source="manifest", kind="dependency", key=name, data=data)


def advisory(name: str, *aliases: str, at: Target, package: str = "lamp", source: str = "osv") -> Evidence:
    data = {
        "id": name,
        "aliases": list(aliases),
        "affected": [{"ecosystem": "PyPI", "name": package, "versions": ["1.0"]}],
    }
    return Evidence(
        target=at.id, source=source, kind="advisory", key=name, at=ago(1), title=Untrusted("bad"), data=data
    )
