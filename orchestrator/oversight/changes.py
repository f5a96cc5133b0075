"""Changing a live run: in one transaction, under the ledger's order of locks, recorded with who and why.

A step that is dropped stays in the plan and is skipped: the report says that it is missing. What moves (priority,
deadline) moves in the plan as well.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, Row

from agents.contract import AgentSpec
from orchestrator.domain.lanes import lane
from orchestrator.domain.plans import Plan
from orchestrator.domain.triggers import LONGEST_DEADLINE_SECONDS, Priority
from orchestrator.errors import RefusedChangeError
from orchestrator.ledger import ending_statements, endings, outbox
from orchestrator.ledger.gates import count_ends
from orchestrator.oversight import statements
from orchestrator.oversight.holding import decide_held
from orchestrator.store.documents import clean_text, to_json
from orchestrator.store.patience import once_more

_LONGEST = 2_000


@dataclass(frozen=True)
class By:
    """Who changes a run, and why. The ticket tells one change from another, should it come twice."""

    who: str
    why: str = ""
    ticket: UUID = field(default_factory=uuid4)

    @property
    def words(self) -> str:
        """Who and why, in words."""
        return f"by {self.who}" + (f": {self.why}" if self.why else "")


class Change(Protocol):
    """One change to a live run, whose open steps and row are locked; returns what is recorded of it."""

    @property
    def what(self) -> str:
        """Its name, in one word."""
        ...

    def make(self, conn: Connection, run_id: UUID, run: Row[Any], *, by: By) -> Mapping[str, object]:
        """Make it. Raises ``RefusedChangeError``, and then nothing of it stays."""
        ...


def change_run(engine: Engine, run_id: UUID, changes: Sequence[Change], *, by: By) -> None:
    """Make changes to a live run, all or none, once. Raises ``RefusedChangeError`` where one cannot be made."""
    once_more(lambda: _change(engine, run_id, changes, by=by))


def _change(engine: Engine, run_id: UUID, changes: Sequence[Change], *, by: By) -> None:
    """Make changes in one transaction; those that were made, though nobody heard of it, are not made again."""
    with engine.begin() as conn:
        conn.execute(ending_statements.LOCK_OPEN_STEPS, {"run": run_id})
        if conn.execute(statements.CHANGED_BY, {"ticket": by.ticket}).scalar_one():
            return
        for number, change in enumerate(changes):
            run = conn.execute(statements.LOCK_RUN, {"run": run_id}).one_or_none()
            if run is None:
                raise RefusedChangeError(f"run {run_id} is over: only one that is under way can be changed")
            detail = change.make(conn, run_id, run, by=by)
            row = {"run": run_id, "who": clean_text(by.who), "why": clean_text(by.why)[:_LONGEST], "what": change.what}
            ticket = by.ticket if number == 0 else uuid4()
            conn.execute(statements.RECORD_CHANGE, {**row, "detail": to_json(detail), "ticket": ticket})


@dataclass(frozen=True)
class Drop:
    """Leave a step out that has not begun, with all that needs it."""

    step: str
    what: str = "drop"

    def make(self, conn: Connection, run_id: UUID, run: Row[Any], *, by: By) -> Mapping[str, object]:  # noqa: ARG002
        """Skip the step, count it where the run has reached it, and go on where that opened a gate."""
        rows = {row.name: row for row in conn.execute(statements.STEPS_TO_CHANGE, {"run": run_id})}
        gone = self._gone(rows)
        skip = {"run": run_id, "names": sorted(gone), "error": f"dropped {by.words}"[:_LONGEST]}
        ends = Counter(row.counts for row in conn.execute(ending_statements.SKIP_STEPS, skip) if row.reached)
        endings.go_on(conn, run_id, opened=count_ends(conn, run_id, ends=ends))
        return {"step": self.step, "skipped": sorted(gone)}

    def _gone(self, rows: Mapping[str, Row[Any]]) -> set[str]:
        """Return what is left out with the step; refuse what cannot be left out."""
        if self.step not in rows:
            raise RefusedChangeError(f"--drop {self.step}: the run has no such step; it has: {', '.join(rows)}")
        if rows[self.step].state not in {"pending", "waiting"}:
            raise RefusedChangeError(
                f"--drop {self.step}: it is {rows[self.step].state}; only what has not begun can go"
            )
        gone = {self.step}
        for name, row in rows.items():
            if gone.intersection(row.needs):
                gone.add(name)
        needed = sorted(name for name in gone if rows[name].required)
        if needed:
            raise RefusedChangeError(
                f"--drop {self.step}: the run fails without {', '.join(needed)}; cancel it instead"
            )
        return gone


@dataclass(frozen=True)
class Reprioritise:
    """Move what has not begun to the lanes of another class, and send again what could begin now."""

    priority: Priority
    specs: Mapping[str, AgentSpec]
    what: str = "priority"

    def make(self, conn: Connection, run_id: UUID, run: Row[Any], *, by: By) -> Mapping[str, object]:
        """Set the priority in the run, its plan and its steps' queues."""
        plan = Plan.model_validate(run.plan)
        moved = plan.model_copy(update={"priority": self.priority, "priority_reason": f"changed {by.words}"[:_LONGEST]})
        conn.execute(statements.SET_PRIORITY, {"run": run_id, "priority": int(self.priority), "plan": to_json(moved)})
        rows = conn.execute(statements.STEPS_TO_CHANGE, {"run": run_id}).all()
        specs = {row.agent: self.specs[row.agent] for row in rows if row.agent in self.specs}
        queues = {name: lane(spec, self.priority) for name, spec in specs.items()}
        conn.execute(statements.MOVE_QUEUES, {"run": run_id, "queues": to_json(queues)})
        ready = [row.name for row in rows if row.state == "pending" and row.ready]
        if ready and self.priority is not plan.priority:
            outbox.write_down(conn, run_id, why=outbox.Why.CHANGED, steps=ready)
        return {"from": plan.priority.name.lower(), "to": self.priority.name.lower()}


@dataclass(frozen=True)
class Redate:
    """Move the deadline to so many seconds from now, or to a moment."""

    to: float | datetime
    what: str = "deadline"

    def make(self, conn: Connection, run_id: UUID, run: Row[Any], *, by: By) -> Mapping[str, object]:  # noqa: ARG002
        """Set the deadline; what lies in the past, or more than a year ahead, is refused."""
        moment = self.to.isoformat() if isinstance(self.to, datetime) else f"{self.to:g} s"
        seconds = (
            conn.execute(statements.SECONDS_TO, {"until": self.to}).scalar_one()
            if isinstance(self.to, datetime)
            else self.to
        )
        if not 0 < seconds <= LONGEST_DEADLINE_SECONDS:
            fault = "that is past" if seconds <= 0 else "that is more than a year ahead"
            raise RefusedChangeError(
                f"--deadline {moment}: {fault}; give a span from now, as in 2h, or a time, as in 2026-03-01T18:00Z"
            )
        row = {"run": run_id, "seconds": seconds, "longest": float(LONGEST_DEADLINE_SECONDS)}
        after = conn.execute(statements.SET_DEADLINE, row).scalar_one()
        return {"from": run.deadline_at.isoformat(), "to": after.isoformat()}


@dataclass(frozen=True)
class Hold:
    """Let the run's result wait for an approval before it goes out."""

    what: str = "hold"

    def make(self, conn: Connection, run_id: UUID, run: Row[Any], *, by: By) -> Mapping[str, object]:  # noqa: ARG002
        """Hold it; the question is asked once the result is there."""
        conn.execute(statements.SET_HOLD, {"run": run_id, "hold": True})
        return {"from": run.held, "to": True}


@dataclass(frozen=True)
class Release:
    """Let the run's result go out without an approval, or approve it where it waits for one."""

    what: str = "release"

    def make(self, conn: Connection, run_id: UUID, run: Row[Any], *, by: By) -> Mapping[str, object]:
        """Let it go; where all else is done the run ends."""
        asked = conn.execute(statements.OPEN_HOLD, {"run": run_id}).scalar_one_or_none()
        conn.execute(statements.SET_HOLD, {"run": run_id, "hold": False})
        if asked is not None:
            taken = {"id": asked, "value": "approve", "who": clean_text(by.who), "why": clean_text(by.why)}
            conn.execute(statements.TAKE_ANSWER, {**taken, "ticket": by.ticket})
            decide_held(conn, run_id, approved=True, words="")
        return {"from": run.held, "to": False}


@dataclass(frozen=True)
class Changed:
    """One change that was made to a run."""

    at: datetime
    who: str
    why: str
    what: str
    detail: Mapping[str, object]


def changes_of(conn: Connection, run_id: UUID) -> tuple[Changed, ...]:
    """Return how a run was changed, the oldest first."""
    return tuple(Changed(**row) for row in conn.execute(statements.CHANGES, {"run": run_id}).mappings())
