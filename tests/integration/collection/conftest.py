"""What tests of the collection play with: runs of real plans, whose collections bring what a test says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from support.commands import Lookout, in_process, logs_restored
from support.runners import LIMITS, Scripted
from support.stages import Stage

from agents.catalog import catalog
from agents.contract import AgentReport, Coverage, CoverageState, Evidence, Quarantined, Target, TargetKind, Work
from orchestrator.cli.terminal import notes, screen
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.intake import Intake
from orchestrator.ledger.figures import Figures
from orchestrator.ledger.heart import Heart
from orchestrator.ledger.stepping import StepRunner
from orchestrator.store.direct import Direct

LOCK = Target(kind=TargetKind.SBOM, location="/srv/lock", tier="critical", max_age_seconds=3_600)
FEED = Target(kind=TargetKind.FEED, location="https://example.org/feed")
OSV = Target(kind=TargetKind.ADVISORIES, location="osv")
Collect = Callable[[Work], AgentReport]


def collected(
    target: Target,
    *,
    source: str = "manifest",
    state: CoverageState = CoverageState.COMPLETE,
    strays: tuple[str, ...] = (),
    detail: str = "",
    **more: Any,  # noqa: ANN401  the report's own fields
) -> AgentReport:
    """Return a report of one source: one fact, its strays, and how far it was read."""
    coverage = Coverage(source=source, subject=target.id, state=state, items=7, as_of=datetime.now(UTC), detail=detail)
    fact = Evidence(target=target.id, source=source, kind="note", key="1")
    put_aside = tuple(
        Quarantined(target=target.id, source=source, key=key, reason=f"{key}: no version", raw=f"raw of {key}")
        for key in strays
    )
    given = {"evidence": (fact,), "quarantined": put_aside, "cursors": {source: {"read": 1}}, **more}
    return AgentReport(agent="data_manager", target=target.id, coverage=(coverage,), **given)


class House:
    """Runs whose collections do what a test says of their target; all other steps find nothing."""

    def __init__(self, stage: Stage, intake: Intake) -> None:
        self.stage = stage
        self.intake = intake
        self.does: dict[str, Collect] = {}
        self.cursors: list[tuple[str, Any]] = []
        """What each collection was told of how far its target was read."""

    def look(self, *targets: Target, source: str = "cli", **options: Any) -> UUID:  # noqa: ANN401  a trigger's options
        """Accept a look at targets, and do it to its end."""
        trigger = Trigger(kind=TriggerKind.MONITOR, targets=targets, options=options, source=source)
        return self.play(self.intake.accept(trigger).run_id)

    def play(self, run_id: UUID) -> UUID:
        """Do a run's steps in order."""
        runner = StepRunner(
            engine=self.stage.engine,
            direct=Direct(self.stage.engine),
            heart=Heart(self.stage.engine, lease_seconds=60, every_seconds=3_600),
            limits=LIMITS,
            specs=catalog(),
            build=lambda name: Scripted(catalog()[name], self._act),
            owner="me:1",
            figures=Figures(self.stage.engine, lot_seconds=LIMITS.lot_seconds),
            send_soon=lambda _: None,
        )
        with self.stage.engine.connect() as conn:
            names = conn.execute(text("SELECT name FROM steps WHERE run_id = :run ORDER BY position"), {"run": run_id})
            steps = list(names.scalars())
        for step in steps:
            runner.run(run_id, steps=(step,))
        return run_id

    def sql(self, statement: str, **values: object) -> None:
        """Change something by hand."""
        with self.stage.engine.begin() as conn:
            conn.execute(text(statement), values)

    @contextmanager
    def reading(self, run_id: UUID, step: str) -> Iterator[None]:
        """Have a step read its target for a while."""
        running = "UPDATE steps SET state = 'running', lease_owner = 'x' WHERE run_id = :run AND name LIKE :step"
        self.sql(running, run=run_id, step=step)
        yield
        waiting = "UPDATE steps SET state = 'pending', lease_owner = NULL WHERE run_id = :run AND name LIKE :step"
        self.sql(waiting, run=run_id, step=step)

    def _act(self, work: Work) -> AgentReport:
        if work.target is None or not work.capability.startswith("collect:"):
            return AgentReport(agent="actor", target=work.target.id if work.target else "")
        self.cursors.append((work.capability, dict(work.cursors)))
        known = self.does.get(work.capability) or self.does.get(work.target.id)
        return known(work) if known else AgentReport(agent="actor", target=work.target.id)


@pytest.fixture
def intake(stage: Stage) -> Intake:
    from orchestrator import wiring  # noqa: PLC0415  once the stage's addresses are known

    return wiring.intake()


@pytest.fixture
def house(stage: Stage, intake: Intake) -> House:
    return House(stage, intake)


@pytest.fixture
def lookout(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Lookout]:
    """Run commands in this process, as a client of the stage's servers."""
    monkeypatch.chdir(tmp_path)
    for forget in (notes, screen):
        forget.cache_clear()
    with logs_restored():
        yield in_process(capsys)
    for forget in (notes, screen):
        forget.cache_clear()
