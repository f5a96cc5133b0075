"""Runs as the ledger shows them, made by hand."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from orchestrator.domain.plans import Plan, Resources, Step
from orchestrator.domain.runs import RunState
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.store.runs import RunView

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def view(state: RunState = RunState.SUCCEEDED, *, error: str | None = None, rerun_of: UUID | None = None) -> RunView:
    """Return a run that has ended, or not."""
    return RunView(
        id=uuid4(),
        kind="monitor",
        subject="s",
        state=state,
        created_at=AT,
        finished_at=None if state is RunState.RUNNING else AT,
        deadline_at=AT,
        key="k",
        epoch=0,
        error=error,
        result=None if state is RunState.RUNNING else {"summary": "all is\x1b[31m well", "confidence": 1},
        rerun_of=rerun_of,
        plan=Plan(
            shape=Step(name="a", agent="reporting", capability="report"),
            priority=Priority.NORMAL,
            priority_reason="r",
            deadline_seconds=1,
            targets=(),
            resources=Resources(slots=1, memory_mb=1, seconds=1),
        ),
        trigger=Trigger(kind=TriggerKind.MONITOR),
        steps=(),
        attempts=(),
    )
