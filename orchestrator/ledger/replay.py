"""Doing a run again from a step: a new run, to which the results that still stand are carried over.

What runs again is the step, whatever gave no result, and all that comes after any of them. Everything else keeps the
result it has, with the run and the attempt that it comes from; joining steps see it as if it had been done anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine, Row

from agents.contract import AgentSpec
from orchestrator.admission.gate import Gate
from orchestrator.domain.ids import new_run_id
from orchestrator.domain.plans import Plan, again
from orchestrator.domain.runs import RunState, StepState
from orchestrator.domain.triggers import Priority, Trigger
from orchestrator.errors import ReplayError, UnknownRunError
from orchestrator.ledger import record_statements
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.relay import Relay
from orchestrator.ledger.submit import Accepted, Submission, submit
from orchestrator.store.direct import Within
from orchestrator.store.patience import once_more
from orchestrator.store.tables.columns import DEFAULT_TENANT

_NAMED = 30
"""Steps that an error names at most."""


@dataclass(frozen=True)
class Wish:
    """Which run to do again from which step, and the key and id of the new one: granted twice is the same as once."""

    source: UUID
    step: str
    key: str
    tenant: str = DEFAULT_TENANT
    run_id: UUID = field(default_factory=new_run_id)


class Replayed(NamedTuple):
    """A new run, which of its steps are done anew, while all others were carried over, and how urgent it is."""

    accepted: Accepted
    anew: frozenset[str]
    priority: Priority


@dataclass(frozen=True)
class Replays:
    """Does runs again. What it returns has been committed; what could not be sent yet, the sweep sends."""

    engine: Engine
    relay: Relay
    specs: Mapping[str, AgentSpec]
    limits: Limits
    gate: Gate | None = None
    """Turns runs away where too much is under way; without one, everything is let in."""

    def again(self, run_id: UUID, *, step: str) -> Accepted:
        """Do an ended run again from a step, as a new run.

        Raises ``ReplayError``, and ``AdmissionError`` where there is no room for it, having written nothing.
        """
        wish = Wish(source=run_id, step=step, key=f"rerun:{new_run_id()}")
        accepted = once_more(lambda: self._commit(wish))
        self.relay.send_soon(accepted.run_id)
        return accepted

    def within(self, conn: Connection, wish: Wish) -> Replayed:
        """Write the new run down in the caller's own transaction; after its commit ``relay`` sends the messages.

        Raises as ``again`` does; the transaction must then be rolled back. A run that is there already needs no room.
        """
        replayed = replay(conn, wish, specs=self.specs, max_losses=self.limits.max_losses)
        if self.gate and replayed.accepted.fresh:
            if not self.gate.has_room(replayed.priority):
                raise self.gate.refusal(replayed.priority)
            self.gate.note(len(replayed.anew))
        return replayed

    def _commit(self, wish: Wish) -> Accepted:
        with self.engine.begin() as conn:
            return self.within(conn, wish).accepted


def replay(conn: Connection, wish: Wish, *, specs: Mapping[str, AgentSpec], max_losses: int) -> Replayed:
    """Write a new run of the same trigger and plan, in which only what must be is done anew.

    A known key returns the run that it led to first. Raises ``ReplayError`` where the run still runs, has no such
    step, or can no longer be done again, and ``UnknownRunError`` where there is none.
    """
    where = {"run": wish.source, "tenant": wish.tenant}
    source = conn.execute(record_statements.SOURCE_RUN, where).one_or_none()
    if source is None:
        raise UnknownRunError(f"run {wish.source} is not known: `lookout runs list` shows what there is")
    plan = Plan.model_validate(source.plan)
    check(source, wish, plan=plan, specs=specs)
    states = {row.name: StepState(row.state) for row in conn.execute(record_statements.SOURCE_STEPS, where)}
    anew = done_anew(plan, step=wish.step, states=states)
    submission = Submission(
        trigger=Trigger.model_validate(source.trigger),
        plan=plan,
        key=wish.key,
        tenant=wish.tenant,
        rerun_of=wish.source,
        run_id=wish.run_id,
    )
    accepted = submit(Within(conn), submission, specs=specs, max_losses=max_losses)
    if accepted.fresh:
        carried = sorted(set(states) - anew)
        over = {"run": accepted.run_id, "source": wish.source, "names": carried}
        conn.execute(record_statements.CARRY_HOLD, over)
        conn.execute(record_statements.CARRY_STEPS, over)
        conn.execute(record_statements.CARRY_FINDINGS, over)
        conn.execute(record_statements.CARRY_ARTIFACTS, over)
    return Replayed(accepted=accepted, anew=anew, priority=plan.priority)


def done_anew(plan: Plan, *, step: str, states: Mapping[str, StepState]) -> frozenset[str]:
    """Return the names of the steps that are done anew: the one, those without a result, and all after any of them."""
    lacking = {each.name for each in plan.steps if each.name not in states or not states[each.name].delivered}
    return again(plan.shape, frozenset(lacking | {step}))


def check(source: Row[Any], wish: Wish, *, plan: Plan, specs: Mapping[str, AgentSpec]) -> None:
    """Raise ``ReplayError`` where a run cannot be done again from a step, with what to do instead."""
    names = [step.name for step in plan.steps]
    if wish.step not in names:
        raise ReplayError(f"run {wish.source} has no step {wish.step!r}; {_offer(wish.step, names)}")
    if not RunState(source.state).ended:
        raise ReplayError(
            f"run {wish.source} still runs, and would do the same work twice: wait for its end "
            f"(`lookout runs show {wish.source}`), or `lookout runs cancel {wish.source}` first"
        )
    if source.pruned_at is not None:
        raise ReplayError(
            f"the results of run {wish.source} were removed at {source.pruned_at:%Y-%m-%d %H:%M} UTC "
            f"(run_detail_days): `lookout runs rerun {wish.source}` without --from does all of it anew"
        )
    strange = sorted({step.agent for step in plan.steps} - set(specs))
    if strange:
        raise ReplayError(
            f"run {wish.source} was planned with agents that are no longer in the catalogue: {', '.join(strange)}; "
            f"`lookout runs rerun {wish.source}` without --from plans it anew"
        )


def _offer(wanted: str, names: list[str]) -> str:
    """Return what there is instead of a step that there is not, in words: what was probably meant goes first."""
    near = get_close_matches(wanted, names, n=3, cutoff=0.4)
    shown = [*near, *(name for name in names if name not in near)][:_NAMED]
    more = f" and {len(names) - len(shown)} more (`lookout runs show`)" if len(names) > len(shown) else ""
    return f"there are: {', '.join(shown)}{more}"
