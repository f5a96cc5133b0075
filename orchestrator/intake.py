"""Taking triggers in: every door ends here. A trigger becomes a plan, the plan a run, and the run's messages go out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine

from agents.contract import AgentSpec
from orchestrator.domain.ids import new_run_id
from orchestrator.domain.triggers import Trigger
from orchestrator.ledger import statements
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.relay import Relay
from orchestrator.ledger.submit import Accepted, Submission, submit
from orchestrator.planning.keys import trigger_key
from orchestrator.planning.planner import make_plan
from orchestrator.store.documents import clean_text
from orchestrator.store.patience import once_more
from orchestrator.store.tables.columns import DEFAULT_TENANT

_log = structlog.get_logger(__name__)

LONGEST_ID = 200
"""Characters of a caller's id that can be kept: an index entry has its limit."""
_LONGEST_REFUSAL = 2_000


@dataclass(frozen=True)
class Intake:
    """Accepts triggers. What it returns has been committed; what could not be sent yet, the sweep sends."""

    engine: Engine
    relay: Relay
    specs: Mapping[str, AgentSpec]
    limits: Limits

    def prepare(self, trigger: Trigger, *, rerun_of: UUID | None = None) -> Submission:
        """Return the trigger with its key and its plan. Raises ``PlanningError``; nothing is written."""
        plan = make_plan(trigger, specs=self.specs, deadline_seconds=self.limits.deadline_seconds)
        key = trigger_key(trigger, fresh=str(new_run_id()))
        return Submission(trigger=trigger, plan=plan, key=key, rerun_of=rerun_of)

    def accept(self, trigger: Trigger, *, task_id: str | None = None, rerun_of: UUID | None = None) -> Accepted:
        """Accept a trigger and send its first messages. ``task_id`` is an id under which the caller will ask."""
        submission = self.prepare(trigger, rerun_of=rerun_of)
        if task_id is not None:
            # A message may come twice; what is new at each look is the same for both.
            submission = replace(submission, key=trigger_key(trigger, fresh=task_id))
        accepted = once_more(lambda: self._commit(submission, task_id=task_id))
        self.relay.send_soon(accepted.run_id)
        _log.info("accepted", run=str(accepted.run_id), kind=str(trigger.kind), fresh=accepted.fresh)
        return accepted

    def accept_within(self, conn: Connection, submission: Submission) -> Accepted:
        """Accept what was prepared in the caller's own transaction; after its commit ``relay`` sends the messages."""
        return submit(conn, submission, specs=self.specs, max_losses=self.limits.max_losses)

    def refuse(self, task_id: str, *, why: str) -> None:
        """Keep the reason why a caller's message was refused, under the caller's own id as far as it can be kept."""
        words = clean_text(why)[:_LONGEST_REFUSAL]
        with self.engine.begin() as conn:
            refusal = {"task_id": clean_text(task_id)[:LONGEST_ID], "run": None, "refusal": words}
            conn.execute(statements.INSERT_CALL, {**refusal, "tenant": DEFAULT_TENANT})

    def _commit(self, submission: Submission, *, task_id: str | None) -> Accepted:
        """Write a run down, with the id under which its caller will ask."""
        with self.engine.begin() as conn:
            accepted = self.accept_within(conn, submission)
            if task_id is not None:
                call = {"task_id": clean_text(task_id), "tenant": submission.tenant, "run": accepted.run_id}
                conn.execute(statements.INSERT_CALL, {**call, "refusal": None})
        return accepted
