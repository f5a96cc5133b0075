"""Taking triggers in: every door ends here. A trigger becomes a plan, the plan a run, and the run's messages go out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine

from agents.contract import AgentSpec
from orchestrator.admission.gate import Gate
from orchestrator.domain.ids import new_run_id
from orchestrator.domain.triggers import Priority, Trigger
from orchestrator.ledger import sending_statements, statements
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.relay import Relay
from orchestrator.ledger.submit import Accepted, Submission, submit
from orchestrator.planning.keys import trigger_key
from orchestrator.planning.options import read_options
from orchestrator.planning.planner import make_plan
from orchestrator.planning.priority import urgency
from orchestrator.store.direct import Direct, Sending, Within
from orchestrator.store.documents import clean_text
from orchestrator.store.patience import once_more
from orchestrator.store.tables.columns import DEFAULT_TENANT

_log = structlog.get_logger(__name__)

LONGEST_ID = 200
"""Characters of a caller's id that can be kept: an index entry has its limit."""
_LONGEST_REFUSAL = 2_000
_NEVER = "\x00"
"""In place of what makes a key new, where it is only asked whether the key is known: no new key has it."""
_GRACE_SECONDS = 2.0
"""How long the sweep leaves a new run's first messages to whoever accepted it."""


@dataclass(frozen=True)
class Intake:
    """Accepts triggers. What it returns has been committed; what could not be sent yet, the sweep sends."""

    engine: Engine
    relay: Relay
    specs: Mapping[str, AgentSpec]
    limits: Limits
    gate: Gate | None = None
    """Turns runs away where too much is under way; without one, everything is let in."""
    direct: Direct | None = None
    """Sends what is a transaction of its own; without one, the engine does."""

    def prepare(self, trigger: Trigger, *, rerun_of: UUID | None = None) -> Submission:
        """Return the trigger with its key and its plan. Raises ``PlanningError``; nothing is written."""
        plan = make_plan(trigger, specs=self.specs, deadline_seconds=self.limits.deadline_seconds)
        key = trigger_key(trigger, fresh=str(new_run_id()))
        return Submission(trigger=trigger, plan=plan, key=key, rerun_of=rerun_of)

    def accept(self, trigger: Trigger, *, task_id: str | None = None, rerun_of: UUID | None = None) -> Accepted:
        """Accept a trigger and send its first messages. ``task_id`` is an id under which the caller will ask.

        Raises ``AdmissionError``, before any planning, where there is no room for a new run.
        """
        self.admit(trigger, task_id=task_id)
        submission = self.prepare(trigger, rerun_of=rerun_of)
        if task_id is not None:
            # A message may come twice; what is new at each look is the same for both.
            submission = replace(submission, key=trigger_key(trigger, fresh=task_id))
        accepted = once_more(lambda: self._commit(submission, task_id=task_id))
        if accepted.outbox_id is None:
            self.relay.send_soon(accepted.run_id)
        else:
            self.relay.send_first(accepted, submission.plan)
        _log.info("accepted", run=str(accepted.run_id), kind=str(trigger.kind), fresh=accepted.fresh)
        return accepted

    def accept_within(self, conn: Connection, submission: Submission, *, grace_seconds: float = 0.0) -> Accepted:
        """Accept what was prepared in the caller's own transaction; after its commit ``relay`` sends the messages."""
        return self._accept(Within(conn), submission, grace_seconds=grace_seconds)

    def _accept(self, sending: Sending, submission: Submission, *, grace_seconds: float) -> Accepted:
        """Write a run down, and have the gate know of it."""
        losses = self.limits.max_losses
        accepted = submit(sending, submission, specs=self.specs, max_losses=losses, grace_seconds=grace_seconds)
        if self.gate and accepted.fresh:
            self.gate.note(len(submission.plan.steps))
        return accepted

    def has_room(self, priority: Priority) -> bool:
        """Whether a run of that priority may begin now."""
        return self.gate is None or self.gate.has_room(priority)

    def refuse(self, task_id: str, *, why: str) -> None:
        """Keep the reason why a caller's message was refused, under the caller's own id as far as it can be kept."""
        words = clean_text(why)[:_LONGEST_REFUSAL]
        with self.engine.begin() as conn:
            refusal = {"task_id": clean_text(task_id)[:LONGEST_ID], "run": None, "refusal": words}
            conn.execute(sending_statements.INSERT_CALL, {**refusal, "tenant": DEFAULT_TENANT})

    def admit(self, trigger: Trigger, *, task_id: str | None = None) -> None:
        """Raise ``AdmissionError`` where there is no room for a trigger's run; one that is known has its run."""
        gate = self.gate
        if gate is not None:
            once_more(lambda: self._admit(gate, trigger, task_id=task_id))

    def _admit(self, gate: Gate, trigger: Trigger, *, task_id: str | None) -> None:
        """Ask the gate. Nothing is written, so that it may be asked again."""
        priority = urgency(trigger, wanted=read_options(trigger.options).priority).priority
        if not gate.has_room(priority) and not self._is_known(trigger_key(trigger, fresh=task_id or _NEVER)):
            raise gate.refusal(priority)

    def _is_known(self, key: str) -> bool:
        """Whether a key has led to a run before."""
        with self.engine.connect() as conn:
            found = conn.execute(statements.FIND_KEY, {"tenant": DEFAULT_TENANT, "key": clean_text(key)})
            return found.one_or_none() is not None

    def _commit(self, submission: Submission, *, task_id: str | None) -> Accepted:
        """Write a run down, with the id under which its caller will ask."""
        if task_id is None:
            return self._accept(self.direct or Direct(self.engine), submission, grace_seconds=_GRACE_SECONDS)
        with self.engine.begin() as conn:
            accepted = self.accept_within(conn, submission, grace_seconds=_GRACE_SECONDS)
            call = {"task_id": clean_text(task_id), "tenant": submission.tenant, "run": accepted.run_id}
            conn.execute(sending_statements.INSERT_CALL, {**call, "refusal": None})
        return accepted
