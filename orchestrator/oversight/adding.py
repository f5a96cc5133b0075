"""Adding a step to a live run: chosen from the catalogue, put in its place, and refused where either cannot be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row

from agents.contract import AgentSpec, Target
from orchestrator.domain.inserting import insert, joined
from orchestrator.domain.plans import Plan, Step
from orchestrator.domain.runs import StepState
from orchestrator.errors import RefusedChangeError
from orchestrator.ledger import outbox
from orchestrator.ledger.layout import Laid
from orchestrator.ledger.submit import step_row
from orchestrator.oversight import statements
from orchestrator.oversight.changes import By
from orchestrator.oversight.placing import Place, Standing, place
from orchestrator.planning.checking import check_plan
from orchestrator.planning.choosing import Choice, Pool, choose
from orchestrator.planning.looks import ADVISORIES
from orchestrator.planning.naming import slugs, step_name
from orchestrator.planning.problems import unknown
from orchestrator.planning.resources import resources
from orchestrator.store.documents import to_json

_COLLECT = "collect:"


@dataclass(frozen=True)
class Wanted:
    """A step as a person asks for it. What is empty is taken from the catalogue and the plan."""

    capability: str
    target: str = ""
    """A target of the plan: its id, its name, its place, or the last part of a step's name."""
    agent: str = ""
    needs: tuple[str, ...] = ()
    """Steps without whose results it is skipped; empty: what is collected of its target."""
    name: str = ""


@dataclass(frozen=True)
class Add:
    """Add a step, which the run then waits for."""

    wanted: Wanted
    specs: Mapping[str, AgentSpec]
    max_losses: int
    what: str = "add"

    def make(self, conn: Connection, run_id: UUID, run: Row[Any], *, by: By) -> Mapping[str, object]:  # noqa: ARG002
        """Write the step, its gate and the plan that has it; it is sent at once where it can begin now."""
        plan = Plan.model_validate(run.plan)
        step = new_step(plan, self.wanted, specs=self.specs)
        grown = grown_plan(plan, step, specs=self.specs)
        rows = {row.name: row for row in conn.execute(statements.LAID_STEPS, {"run": run_id})}
        _check_needs(step, {name: StepState(row.state) for name, row in rows.items()})
        left = {row.name: row.left for row in conn.execute(statements.LOCK_GATES, {"run": run_id})}
        standing = {name: Standing(row.behind, row.counts, row.counted) for name, row in rows.items()}
        where = place(grown.shape, step.name, standing=standing, fresh=f"added{len(left)}")
        if left[where.counts] == 0:
            raise RefusedChangeError(f"--add {step.name}: too late, the run has come past the place where it belongs")
        row = self._row(grown, step, where=where, tenant=run.tenant)
        row["position"] = max(each.position for each in rows.values()) + 1
        gates = {"gate": where.gate, "moved": list(where.moved), "before": where.before, "counts": where.counts}
        conn.execute(statements.ADD_STEP, {"run": run_id, "row": to_json(row), "plan": to_json(grown), **gates})
        ahead = {**left, where.gate: where.before}
        if where.behind is None or ahead[where.behind] == 0:
            outbox.write_down(conn, run_id, why=outbox.Why.CHANGED, steps=[step.name])
        return {"step": step.name, "agent": step.agent, "needs": list(step.needs)}

    def _row(self, plan: Plan, step: Step, *, where: Place, tenant: str) -> dict[str, Any]:
        """Return the step's row, behind all others: what it needs has a place before it."""
        laid = Laid(step, behind=where.behind, counts=where.counts)
        targets = {target.id: target.model_dump(mode="json") for target in plan.targets}
        spec = self.specs[step.agent]
        return step_row(laid, 0, plan=plan, spec=spec, targets=targets, max_losses=self.max_losses, tenant=tenant)


def send_added(engine: Engine) -> int:
    """Have added steps sent that can begin by now; return in how many runs. Done at every sweep."""
    with engine.begin() as conn:
        return len(conn.execute(statements.SEND_ADDED).all())


def new_step(plan: Plan, wanted: Wanted, *, specs: Mapping[str, AgentSpec]) -> Step:
    """Return the step that is asked for, as the planner would write it. Raises ``RefusedChangeError``."""
    target = _target(plan, wanted)
    choice = _choice(wanted, target, specs=specs)
    reads = bool(choice.agent.reads & ADVISORIES.gives)
    folders = tuple(each.id for each in plan.targets if each.kind in ADVISORIES.kinds) if reads else ()
    names = slugs(plan.targets)
    return Step(
        name=wanted.name or step_name(wanted.capability, names[target.id] if target else ""),
        agent=choice.agent.name,
        capability=wanted.capability,
        target=target.id if target else "",
        sources=folders,
        needs=wanted.needs or _collected(plan, wanted, target),
        fallbacks=choice.fallbacks,
    )


def grown_plan(plan: Plan, step: Step, *, specs: Mapping[str, AgentSpec]) -> Plan:
    """Return the plan with the step in it. Raises ``RefusedChangeError`` where it cannot be carried out so."""
    there = [each.name for each in plan.steps]
    if step.name in there:
        raise _refused(step.name, "the plan has a step of that name; give another as name=NAME")
    lacking = sorted(set(step.needs) - set(there))
    if lacking:
        raise _refused(step.name, f"needs {', '.join(lacking)}, which the plan has not; it has: {', '.join(there)}")
    try:
        shape = insert(plan.shape, step, after=_after(plan, step))
    except ValueError as error:
        raise _refused(step.name, str(error)) from error
    strange = sorted({each.agent for each in plan.steps} - set(specs))
    if strange:
        raise _refused(step.name, f"another version planned the run: agents {', '.join(strange)} are not known here")
    grown = plan.model_copy(update={"shape": shape, "resources": resources(shape, specs=specs)})
    faults = [fault for fault in check_plan(grown, specs=specs) if fault.startswith(f"{step.name}: ")]
    if faults:
        raise RefusedChangeError(f"--add {'; '.join(faults)}")
    return grown


def _after(plan: Plan, step: Step) -> frozenset[str]:
    """Return the names of the steps that one comes after: what it needs, and the advisories that it compares with."""
    if not step.target and not step.needs:
        return joined(plan.shape)
    read = {each.name for each in plan.steps if each.target in step.sources and each.capability.startswith(_COLLECT)}
    return frozenset({*step.needs, *read})


def _target(plan: Plan, wanted: Wanted) -> Target | None:
    """Return the target that is meant; None where none is named."""
    if not wanted.target:
        return None
    names = slugs(plan.targets)
    found = [
        each
        for each in plan.targets
        if wanted.target in {each.id, each.label, each.name, each.location, names[each.id]}
    ]
    if len(found) != 1:
        fault = "is the name of several targets" if found else "is no target of the run"
        known = ", ".join(each.id for each in plan.targets) or "none"
        raise _refused(wanted.capability, f"target={wanted.target} {fault}; it has: {known}")
    return found[0]


def _choice(wanted: Wanted, target: Target | None, *, specs: Mapping[str, AgentSpec]) -> Choice:
    """Return who does it: the agent that is named, or the catalogue's best."""
    kind = target.kind if target else None
    if not wanted.agent:
        choice = choose(Pool(specs), capability=wanted.capability, kind=kind)
        if choice is None:
            able = sorted({each for spec in specs.values() for each in spec.capabilities})
            on = f" on a target of kind {kind}" if kind else ""
            raise _refused(wanted.capability, f"no agent can do it{on}; agents can: {', '.join(able)}")
        return _fits(wanted, choice, kind=kind)
    if wanted.agent not in specs:
        raise _refused(wanted.capability, f"agent={wanted.agent} {unknown(wanted.agent, what='agent', known=specs)}")
    return _fits(wanted, Choice(specs[wanted.agent], wanted.capability), kind=kind)


def _fits(wanted: Wanted, choice: Choice, *, kind: str | None) -> Choice:
    """Return a choice whose agent works on such a target, or on none where none is named."""
    kinds = {str(each) for each in choice.agent.target_kinds}
    if wanted.capability not in choice.agent.capabilities:
        can = ", ".join(sorted(choice.agent.capabilities))
        raise _refused(wanted.capability, f"{choice.agent.name} cannot do it; it can: {can}")
    if kind is None and kinds:
        raise _refused(wanted.capability, f"it works on a target; name one of kind {', '.join(sorted(kinds))}: target=")
    if kind is not None and kinds and kind not in kinds:
        raise _refused(wanted.capability, f"{choice.agent.name} works on {', '.join(sorted(kinds))}, not on {kind}")
    return choice


def _collected(plan: Plan, wanted: Wanted, target: Target | None) -> tuple[str, ...]:
    """Return the names of the steps that collect what an analysis of a target reads."""
    if target is None or wanted.capability.startswith(_COLLECT):
        return ()
    return tuple(each.name for each in plan.steps if each.target == target.id and each.capability.startswith(_COLLECT))


def _check_needs(step: Step, states: Mapping[str, StepState]) -> None:
    """Refuse a step that needs what has ended without a result: it would only be skipped."""
    for name in step.needs:
        state = states[name]
        if state.ended and not state.delivered:
            raise _refused(step.name, f"needs {name}, which is {state} and gave no result")


def _refused(name: str, why: str) -> RefusedChangeError:
    """Return the error that says why a step is not added."""
    return RefusedChangeError(f"--add {name}: {why}")
