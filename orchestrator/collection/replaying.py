"""Reading a source again from its beginning: what was put aside is only met again when its cursor goes back.

What is known of how far the target was read, and what was put aside of it, are forgotten in the transaction that writes
the new run down: there is either both or neither. Evidence stays as it is, and is written over where it is read anew.
An item that still cannot be read is put aside again. While a run reads the target, nothing is forgotten: that run knows
how far the target was read, and would write it down again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Connection, Row

from agents.contract import Target, TargetKind
from orchestrator.collection import statements
from orchestrator.collection.aside import Chosen, nothing_aside
from orchestrator.collection.errors import CollectionError
from orchestrator.domain.exclusion import COLLECT
from orchestrator.domain.ids import new_run_id
from orchestrator.domain.runs import RunState
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.intake import Intake
from orchestrator.ledger.submit import Accepted
from orchestrator.planning.priority import urgency
from orchestrator.store.documents import clean_text, to_json
from orchestrator.store.patience import once_more
from orchestrator.store.tables.columns import DEFAULT_TENANT

DOOR = "quarantine"
"""What these triggers say of where they come from."""
RECENT = 200
"""Runs among which the last one of a target is looked for: each plan is read."""
_KEPT = ("hold_report", "watchlist", "label", "respond")
"""What the new run takes over of the last one."""
_LONGEST_SUBJECT = 500


class Replayed(NamedTuple):
    """The run that reads a target again, how much was put aside of it, and the sources whose cursors went back."""

    accepted: Accepted
    items: int
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Replay:
    """A wish to read a target, or one source of it, from the beginning: granted twice is the same as once."""

    target: str
    source: str | None = None
    tenant: str = DEFAULT_TENANT
    run_id: UUID = field(default_factory=new_run_id)

    @property
    def where(self) -> dict[str, Any]:
        """As the statements read it."""
        source = self.source and clean_text(self.source)
        return {"tenant": self.tenant, "target": clean_text(self.target), "source": source}

    @property
    def like(self) -> str:
        """As JSON that is contained in the targets of whatever has the target."""
        kind, _, location = self.target.partition(":")
        return to_json([{"kind": kind, "location": location}])

    @property
    def subject(self) -> str:
        """What the new run is about, in words."""
        whole = f"{self.target} from its beginning" + (f", source {self.source}" if self.source else "")
        return clean_text(whole if len(whole) <= _LONGEST_SUBJECT else f"…{whole[1 - _LONGEST_SUBJECT :]}")


def replay(intake: Intake, wish: Replay) -> Replayed:
    """Have a target read again in a new run, and send its messages; asked twice about the same items, it is one run.

    Raises ``CollectionError`` where nothing of it was put aside, a run reads it right now, or no run is known that had
    it, and ``AdmissionError`` where there is no room for the run now; then nothing was changed.
    """
    done = once_more(lambda: _commit(intake, wish))
    intake.relay.send_soon(done.accepted.run_id)
    return done


def replay_key(wish: Replay, items: Iterable[tuple[str, str, str, str]]) -> str:
    """Return the key of a replay, from each item's source and key, the run that met it last, and when."""
    whole = sha256(to_json([wish.tenant, wish.target, wish.source, *sorted(items)]).encode())
    return f"{DOOR}/{whole.hexdigest()[:40]}"


def replay_trigger(wish: Replay, *, targets: Iterable[Target], options: Mapping[str, JsonValue], key: str) -> Trigger:
    """Return the trigger of a look at one target, with what it was compared with the last time."""
    own = (target for target in targets if target.id == wish.target or target.kind is TargetKind.ADVISORIES)
    return Trigger(
        kind=TriggerKind.MONITOR,
        targets=tuple(sorted(own, key=lambda target: target.id != wish.target)),
        subject=wish.subject,
        options={name: options[name] for name in _KEPT if name in options},
        key=key,
        source=DOOR,
    )


def _commit(intake: Intake, wish: Replay) -> Replayed:
    """Forget and accept, in one transaction."""
    with intake.engine.begin() as conn:
        conn.execute(statements.LOCK_LOOK, wish.where)
        rows = conn.execute(statements.TAKE, wish.where).all()
        if not rows:
            return _before(conn, wish)
        key = replay_key(wish, ((row.source, row.key, str(row.run_id), row.at.isoformat()) for row in rows))
        last = _last_run(conn, wish)
        trigger = replay_trigger(
            wish, targets=map(Target.model_validate, last.targets), options=last.options or {}, key=key
        )
        accepted = _accepted(conn, intake, wish, trigger)
        cursors = tuple(conn.execute(statements.FORGET_CURSORS, wish.where).scalars())
        conn.execute(statements.DROP, {**wish.where, "key": None})
        # Last of all: a run that begins to read after this finds no cursor once we have committed.
        _check_unread(conn, wish)
    return Replayed(accepted, items=len(rows), sources=cursors)


def _accepted(conn: Connection, intake: Intake, wish: Replay, trigger: Trigger) -> Accepted:
    """Accept the trigger. Raises ``AdmissionError`` where there is no room for it."""
    priority = urgency(trigger).priority
    if intake.gate is not None and not intake.has_room(priority):
        raise intake.gate.refusal(priority)
    submission = replace(intake.prepare(trigger), tenant=wish.tenant, run_id=wish.run_id)
    return intake.accept_within(conn, submission)


def _before(conn: Connection, wish: Replay) -> Replayed:
    """Return the run that read the same again already. Raises ``CollectionError`` where there is none."""
    known = {"tenant": wish.tenant, "subject": wish.subject, "like": wish.like, "door": DOOR, "recent": RECENT}
    row = conn.execute(statements.LAST_REPLAY, known).one_or_none()
    if row is None:
        raise nothing_aside(conn, Chosen(wish.target, wish.source, tenant=wish.tenant))
    # Our own run is there where the first answer was lost on its way, and we ask again.
    fresh = row.id == wish.run_id
    return Replayed(Accepted(row.id, fresh=fresh, state=RunState(row.state), deadline_at=row.deadline_at), 0, ())


def _last_run(conn: Connection, wish: Replay) -> Row[Any]:
    """Return the targets and options of the last run that had the target. Raises ``CollectionError``."""
    row = conn.execute(statements.LAST_RUN, {**wish.where, "like": wish.like, "recent": RECENT}).one_or_none()
    if row is None:
        raise CollectionError(
            f"no run is known any more that looked at {wish.target}: have it on a watchlist, look at it with "
            "`lookout run WATCHLIST`, then ask again; or drop what was put aside"
        )
    return row


def _check_unread(conn: Connection, wish: Replay) -> None:
    """Raise ``CollectionError`` where a step reads the target right now."""
    row = conn.execute(statements.READING_NOW, {**wish.where, "collect": COLLECT}).one_or_none()
    if row is not None:
        raise CollectionError(
            f"{wish.target} is being read right now, by {row.name} of run {row.run_id}, which will note how far: "
            f"ask again once it has ended (`lookout runs show {row.run_id}`)"
        )
