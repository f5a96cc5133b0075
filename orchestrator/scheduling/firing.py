"""Firing: an occurrence, its run and the schedule's next time in one transaction, under the leader's lease."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Row
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.domain.triggers import Trigger
from orchestrator.domain.watchlist import CatchUp
from orchestrator.errors import BrokenScheduleError, LookoutError, UnknownScheduleError
from orchestrator.intake import Intake
from orchestrator.ledger.submit import Submission
from orchestrator.scheduling import statements
from orchestrator.scheduling.aside import Aside
from orchestrator.scheduling.leader import Lease, hold
from orchestrator.scheduling.occurrences import Due, Fate, Occurrence, note_of
from orchestrator.scheduling.turns import Patience
from orchestrator.store.documents import clean_text
from orchestrator.store.tables.columns import DEFAULT_TENANT

_log = structlog.get_logger(__name__)

LOT = 20
"""How many schedules one tick fires at most: what fell due in a long silence goes out in turns."""
_LONGEST_NOTE = 2_000
_IN_VAIN = frozenset({Fate.WAITING, Fate.OVERTAKEN})


@dataclass(frozen=True)
class _Ready:
    """What was made ready for an occurrence before its transaction: a run, or the reason why there is none."""

    submission: Submission | None = None
    refusal: str | None = None
    room: bool = True
    """Whether another run may begin now."""
    in_turn: bool = False
    """Whether it needs a run of its own, after the one before it."""
    fence: int | None = None
    """The token of the lease under which it is fired."""

    def waits(self, running: UUID | None) -> bool:
        """Whether the occurrence stays due: nothing else can serve it, and no run may begin."""
        return self.submission is not None and (self.in_turn if running else not self.room)


@dataclass(frozen=True)
class Firing:
    """Fires schedules. What it returns has been committed; what could not be sent yet, the sweep sends."""

    intake: Intake
    lot: int = LOT
    patience: Patience = field(default_factory=Patience)
    aside: Aside = field(default_factory=Aside, compare=False)
    """What it tried in vain of late."""

    def fire_due(self, lease: Lease) -> tuple[Occurrence, ...]:
        """Fire what is due, one transaction each, until the lease turns out to be another's; then send it all."""
        with self.intake.engine.connect() as conn:
            rows = conn.execute(statements.DUE, {"limit": self.lot, "aside": self.aside.told}).all()
        occurrences: list[Occurrence] = []
        for row in rows:
            occurrence = self._try(row, lease)
            if occurrence:
                occurrences.append(occurrence)
                self.aside.tried(row, in_vain=occurrence.fate in _IN_VAIN)
                if occurrence.fate is Fate.FENCED:
                    break
        self._send(occurrences)
        return tuple(occurrences)

    def fire_now(self, name: str, *, source: str, tenant: str = DEFAULT_TENANT) -> Occurrence:
        """Fire one schedule because somebody asks for it, paused or not, whoever leads.

        What is looked at by age is next looked at that age from now; times of the clock, and what catches up with all,
        keep their next time. Where its previous run still runs, that one is
        returned; where a scheduler was at it in the same moment it is ``OVERTAKEN``: ask again. ``source`` is who asks:
        ``cli``. UnknownScheduleError where there is no such schedule, BrokenScheduleError where it cannot be read here,
        PlanningError where no plan can be made of it, AdmissionError where there is no room for it.
        """
        due = self._find(name, tenant=tenant)
        trigger = due.signal().model_copy(update={"source": source})
        self.intake.admit(trigger)
        ready = _Ready(self._prepare(due, trigger=trigger))
        with self.intake.engine.begin() as conn:
            occurrence = self._settle(conn, due, ready)
        self._send([occurrence])
        return occurrence

    def _find(self, name: str, *, tenant: str) -> Due:
        """Return a schedule as somebody asks for it."""
        with self.intake.engine.connect() as conn:
            row = conn.execute(statements.SCHEDULE_NOW, {"tenant": tenant, "name": name}).one_or_none()
        if row is None:
            raise UnknownScheduleError(f"no schedule is called {name!r}; `lookout schedules` lists those that exist")
        return Due.by_hand(row)

    def _try(self, row: Row[Any], lease: Lease) -> Occurrence | None:
        """Fire one schedule; one that cannot be read or written is logged and put off, and holds up no other."""
        try:
            return self._fire(Due.of(row, patience=self.patience), lease)
        except (SQLAlchemyError, BrokenScheduleError) as error:
            wait = self.aside.failed(row)
            _log.warning(
                "a schedule could not be fired; it stays due", schedule=row.name, seconds=wait, error=str(error)
            )
            return None

    def _fire(self, due: Due, lease: Lease) -> Occurrence:
        """Fire one schedule in one transaction. The plan is made before it, so that the lease is locked briefly."""
        ready = replace(self._make_ready(due), fence=lease.token)
        with self.intake.engine.begin() as conn:
            if not hold(conn, lease):
                return due.ended(Fate.FENCED)
            return self._settle(conn, due, ready)

    def _make_ready(self, due: Due) -> _Ready:
        """Return what an occurrence needs: nothing where it is skipped, else its run, or why there can be none."""
        if not due.turn.fires:
            return _Ready()
        try:
            submission = self._prepare(due, trigger=due.signal())
        except (LookoutError, ValidationError) as error:
            return _Ready(refusal=clean_text(str(error))[:_LONGEST_NOTE])
        room = self.intake.has_room(submission.plan.priority)
        return _Ready(submission, room=room, in_turn=due.terms.catch_up is CatchUp.ALL)

    def _prepare(self, due: Due, *, trigger: Trigger) -> Submission:
        """Return an occurrence's trigger with its key and its plan."""
        return replace(self.intake.prepare(trigger), tenant=due.tenant)

    def _settle(self, conn: Connection, due: Due, ready: _Ready) -> Occurrence:
        """Write down an occurrence, the run that serves it, and when the schedule falls due again."""
        locked = conn.execute(statements.LOCK_SCHEDULE, {**due.key, "updated_at": due.updated_at}).one_or_none()
        if locked is None:
            return due.ended(Fate.OVERTAKEN)
        if ready.waits(locked.running):
            return due.ended(Fate.WAITING)
        note = note_of(due.turn, running=locked.running if ready.submission else None, refusal=ready.refusal)
        row = {**due.key, "note": note, "fence": ready.fence}
        new = conn.execute(statements.INSERT_OCCURRENCE, row).one_or_none()
        conn.execute(statements.MOVE_ON, {**due.key, "next": due.turn.next_due})
        if new is None:
            return due.ended(Fate.OVERTAKEN)
        if ready.submission is None:
            return due.ended(Fate.REFUSED if ready.refusal else Fate.SKIPPED, note=note)
        run_id = locked.running or self.intake.accept_within(conn, ready.submission).run_id
        conn.execute(statements.SERVE_OCCURRENCE, {**due.key, "run": run_id})
        return due.ended(Fate.COALESCED if locked.running else Fate.FIRED, run_id=run_id, note=note)

    def _send(self, occurrences: Iterable[Occurrence]) -> None:
        """Say what happened, and send the new runs' first messages, after the commit."""
        reached = True
        for occurrence in occurrences:
            run = str(occurrence.run_id) if occurrence.run_id else None
            _log.info(str(occurrence.fate), schedule=occurrence.schedule, run=run, note=occurrence.note)
            if occurrence.fate is Fate.FIRED and occurrence.run_id and reached:
                # A broker that did not take one run's messages is not waited for with each of the others.
                reached = self._sent(occurrence.run_id)

    def _sent(self, run_id: UUID) -> bool:
        """Send a new run's first messages; False where they could not be sent now: then the sweep sends them."""
        try:
            return self.intake.relay.send_due(run_id) > 0
        except SQLAlchemyError as error:
            _log.warning("not sent yet; the sweep will", run=str(run_id), error=str(error))
            return False
