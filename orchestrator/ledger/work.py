"""What a claimed step is handed: read from the ledger in short transactions, before the agent starts."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, Row, text

from agents.contract import Coverage, CoverageState, StopSignal, Target, Work
from orchestrator.domain.plans import Shape, before
from orchestrator.domain.runs import StepState
from orchestrator.ledger.claims import Claim
from orchestrator.ledger.results import restored
from orchestrator.store.evidence import StoredEvidence, read_cursors
from orchestrator.store.findings import findings_by_step

_BEFORE = text("""
    SELECT name, state, result, error, target ->> 'location' AS location, spec ->> 'target' AS target, agent
    FROM steps
    WHERE run_id = :run AND name <> :step AND state NOT IN ('pending', 'waiting', 'running')
      AND (name = ANY(:names) OR spec ->> 'target' = ANY(:targets))
    ORDER BY position
""")
"""Steps that ended before this one: those of the given names, and those of the given targets."""

_SHAPE = text("SELECT plan -> 'shape' AS shape FROM runs WHERE id = :run")
_SHAPES: TypeAdapter[Shape] = TypeAdapter(Shape)

_ABOUT = text("""
    SELECT plan -> 'targets' AS targets, plan -> 'left_out' AS left_out, plan -> 'unserved' AS unserved,
           subject, trigger ->> 'source' AS source
    FROM runs WHERE id = :run
""")


def load_work(engine: Engine, claim: Claim, *, stop: StopSignal) -> Work:
    """Return everything that the claimed step is handed."""
    with engine.connect() as conn:
        rows = _steps_before(conn, claim)
        found = findings_by_step(conn, claim.run_id) if claim.target is None else {}
        target = claim.step.target
        cursors = read_cursors(conn, tenant=claim.tenant, target=target) if target else {}
        targets, options = _about_run(conn, claim) if claim.target is None else ((), claim.options)
    delivered = [row for row in rows if StepState(row.state).delivered]
    return Work(
        run_id=str(claim.run_id),
        step=claim.step.name,
        trigger_kind=claim.kind,
        capability=claim.step.capability,
        target=claim.target,
        targets=targets,
        sources=claim.step.sources,
        options=options,
        now=claim.accepted_at,
        cursors=cursors,
        reports=tuple(restored(row.result, findings=found.get(row.name, ())) for row in delivered),
        missing=tuple(_missing(row) for row in rows if not StepState(row.state).delivered),
        evidence=StoredEvidence(engine, tenant=claim.tenant),
        stop=stop,
    )


def _steps_before(conn: Connection, claim: Claim) -> list[Row[Any]]:
    """Return the ended steps whose outcome matters to the claimed one.

    A joining step gets all that stand before it, and none that happens to be done beside it: a replay must see the
    same. Another gets those that it needs or reads from.
    """
    names, targets = claim.step.needs, claim.step.sources
    if claim.target is None:
        shape = _SHAPES.validate_python(conn.execute(_SHAPE, {"run": claim.run_id}).scalar_one())
        names, targets = tuple(before(shape, claim.step.name)), ()
    wanted = {"run": claim.run_id, "step": claim.step.name, "names": list(names), "targets": list(targets)}
    return list(conn.execute(_BEFORE, wanted).all())


def _about_run(conn: Connection, claim: Claim) -> tuple[tuple[Target, ...], dict[str, Any]]:
    """Return the run's targets, and its options with what a report says about how the run came to be."""
    row = conn.execute(_ABOUT, {"run": claim.run_id}).one()
    targets = tuple(Target.model_validate(target) for target in row.targets)
    notes = [f"{left['agent']} was left out: {left['why']}" for left in row.left_out] + list(row.unserved)
    trigger = {"kind": claim.kind, "subject": row.subject, "source": row.source}
    return targets, {**claim.options, "trigger": trigger, "plan_notes": notes}


def _missing(row: Row[Any]) -> Coverage:
    """Return the coverage of a step that gave nothing: it failed, or it was never done."""
    failed = StepState(row.state) in {StepState.FAILED, StepState.TIMED_OUT}
    return Coverage(
        source=row.agent,
        subject=row.target or row.name,
        state=CoverageState.FAILED if failed else CoverageState.NOT_COLLECTED,
        detail=f"{row.name} {row.state}: {row.error or 'no reason was kept'}",
    )
