"""Firing: an occurrence, its run and the schedule's next time in one transaction, under the leader's lease."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.domain.triggers import Trigger
from orchestrator.errors import LookoutError, UnknownScheduleError
from orchestrator.intake import Intake
from orchestrator.ledger.submit import Submission
from orchestrator.scheduling import statements
from orchestrator.scheduling.leader import Lease, hold
from orchestrator.scheduling.occurrences import Due, Fate, Occurrence, note_of
from orchestrator.store.documents import clean_text
from orchestrator.store.tables.columns import DEFAULT_TENANT

_log = structlog.get_logger(__name__)

LOT = 20
"""How many schedules one tick fires at most: what fell due in a long silence goes out in turns."""
_LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class Firing:
    """Fires schedules. What it returns has been committed; what could not be sent yet, the sweep sends."""

    intake: Intake
    lot: int = LOT

    def fire_due(self, lease: Lease) -> tuple[Occurrence, ...]:
        """Fire what is due, one transaction each, until the lease turns out to be another's; then send it all."""
        with self.intake.engine.connect() as conn:
            rows = conn.execute(statements.DUE, {"limit": self.lot}).all()
        occurrences: list[Occurrence] = []
        for row in rows:
            occurrence = self._try(Due.of(row), lease)
            if occurrence:
                occurrences.append(occurrence)
                if occurrence.fate is Fate.FENCED:
                    break
        self._send(occurrences)
        return tuple(occurrences)

    def fire_now(self, name: str, *, source: str, tenant: str = DEFAULT_TENANT) -> Occurrence:
        """Fire one schedule because somebody asks for it, paused or not, whoever leads; its next time counts from now.

        Where its previous run still runs, that one is returned; where a scheduler was at it in the same moment it is
        ``OVERTAKEN``: ask again. UnknownScheduleError where there is no such schedule, PlanningError where no plan can
        be made of it. ``source`` is who asks: ``cli``.
        """
        due = self._find(name, tenant=tenant)
        submission = self._prepare(due, trigger=due.signal().model_copy(update={"source": source}))
        with self.intake.engine.begin() as conn:
            occurrence = self._settle(conn, due, submission)
        self._send([occurrence])
        return occurrence

    def _find(self, name: str, *, tenant: str) -> Due:
        """Return a schedule as if it were due now."""
        with self.intake.engine.connect() as conn:
            row = conn.execute(statements.SCHEDULE_NOW, {"tenant": tenant, "name": name}).one_or_none()
        if row is None:
            raise UnknownScheduleError(f"no schedule is called {name!r}; `lookout schedules` lists those that exist")
        return Due.of(row)

    def _try(self, due: Due, lease: Lease) -> Occurrence | None:
        """Fire one schedule; one that the database refuses is logged and stays due, and holds up no other."""
        try:
            return self._fire(due, lease)
        except SQLAlchemyError as error:
            _log.warning("a schedule could not be fired; it stays due", schedule=due.rhythm.name, error=str(error))
            return None

    def _fire(self, due: Due, lease: Lease) -> Occurrence:
        """Fire one schedule in one transaction. The plan is made before it, so that the lease is locked briefly."""
        try:
            prepared: Submission | str = self._prepare(due, trigger=due.signal())
        except (LookoutError, ValidationError) as error:
            prepared = clean_text(str(error))[:_LONGEST_NOTE]
        with self.intake.engine.begin() as conn:
            if not hold(conn, lease):
                return due.ended(Fate.FENCED)
            return self._settle(conn, due, prepared)

    def _prepare(self, due: Due, *, trigger: Trigger) -> Submission:
        """Return an occurrence's trigger with its key and its plan."""
        return replace(self.intake.prepare(trigger), tenant=due.tenant)

    def _settle(self, conn: Connection, due: Due, prepared: Submission | str) -> Occurrence:
        """Write down an occurrence, the run that serves it, and when the schedule falls due again."""
        locked = conn.execute(statements.LOCK_SCHEDULE, {**due.key, "updated_at": due.updated_at}).one_or_none()
        if locked is None:
            return due.ended(Fate.OVERTAKEN)
        after = due.following
        refusal = prepared if isinstance(prepared, str) else None
        note = note_of(after, running=locked.running, refusal=refusal)
        new = conn.execute(statements.INSERT_OCCURRENCE, {**due.key, "note": note}).one_or_none()
        conn.execute(statements.MOVE_ON, {**due.key, "next": after.due})
        if new is None:
            return due.ended(Fate.OVERTAKEN)
        if isinstance(prepared, str):
            return due.ended(Fate.REFUSED, note=note)
        run_id = locked.running or self.intake.accept_within(conn, prepared).run_id
        conn.execute(statements.SERVE_OCCURRENCE, {**due.key, "run": run_id})
        return due.ended(Fate.COALESCED if locked.running else Fate.FIRED, run_id=run_id, note=note)

    def _send(self, occurrences: Iterable[Occurrence]) -> None:
        """Say what happened, and send the new runs' first messages, after the commit."""
        reached = True
        for occurrence in occurrences:
            run = str(occurrence.run_id) if occurrence.run_id else None
            _log.info(str(occurrence.fate), schedule=occurrence.schedule, run=run, note=occurrence.note)
            if occurrence.fate is Fate.FIRED and reached:
                # A broker that did not take one run's messages is not waited for with each of the others.
                reached = self.intake.relay.send_due(occurrence.run_id) > 0
