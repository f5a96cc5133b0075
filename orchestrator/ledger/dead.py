"""Dead letters: steps that failed for good, and what people did about them.

When a step is a dead letter, it has already been counted on its gate, and its run has gone on without it: nothing can
be put back into that run honestly. So a requeue is a new run that does the step again and all that comes after it, with
the other results carried over (see replay.py). Its key is the dead letter's number: asked for twice, it is one run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row

from orchestrator.domain.ids import new_run_id
from orchestrator.domain.runs import RunState
from orchestrator.errors import DeadLetterError
from orchestrator.ledger import record_statements
from orchestrator.ledger.decisions import Reason
from orchestrator.ledger.replay import Replays, Wish
from orchestrator.store.documents import clean_text
from orchestrator.store.patience import once_more
from orchestrator.store.tables.columns import DEFAULT_TENANT

REQUEUED, DROPPED = "requeued", "dropped"
_LONGEST_WORDS = 2_000

_MEND = {
    Reason.BAD_EVIDENCE: "mend what the error names: the same input fails again",
    Reason.FAILURES: "see that what the error names is there again",
    Reason.LOSSES: "find out what ends its workers, such as too little memory: nothing else failed",
    Reason.OUT_OF_TIME: "find out why it takes so long, or give its agent more time",
}


@dataclass(frozen=True)
class DeadLetter:
    """A step that failed for good, why, and what became of that."""

    id: int
    run_id: UUID
    step: str
    agent: str
    reason: str
    attempt: int
    """The last one that was made."""
    error: str | None
    at: datetime
    run_state: RunState
    subject: str
    settled_as: str | None
    settled_at: datetime | None
    settled_by: str | None
    settled_run: UUID | None
    settled_why: str | None
    pruned_at: datetime | None
    """When the details of its run were removed."""

    @property
    def standing(self) -> str:
        """What became of it, in words."""
        if self.settled_as is None:
            return "open"
        what = f"as run {self.settled_run}" if self.settled_as == REQUEUED else f": {self.settled_why}"
        words = f"{self.settled_as} by {self.settled_by}, {self.settled_at:%Y-%m-%d %H:%M} UTC"
        return f"{words}, {what}" if self.settled_as == REQUEUED else f"{words}{what}"

    @property
    def way_on(self) -> str:
        """How to go on with it, in words."""
        if self.settled_as == REQUEUED:
            return f"`lookout runs show {self.settled_run}` says how it goes there"
        again = f"`lookout runs rerun {self.run_id} --from {self.step}`"
        if self.settled_as == DROPPED:
            return f"nobody will do it again by itself; {again} does"
        if self.pruned_at is not None:
            return f"its run's results were removed: `lookout runs rerun {self.run_id}` does all of it anew"
        mend = f"{_MEND[Reason(self.reason)]}; then " if self.reason in set(Reason) else ""
        wait = "" if self.run_state.ended else "once its run has ended, "
        return f"{mend}{wait}`lookout dead requeue {self.id}`, or `lookout dead drop {self.id} --why REASON`"


class Requeued(NamedTuple):
    """A dead letter and the run that does its step again; ``fresh`` where this call made the run."""

    id: int
    run_id: UUID
    fresh: bool


def list_dead(
    conn: Connection,
    *,
    tenant: str = DEFAULT_TENANT,
    agent: str | None = None,
    reason: str | None = None,
    settled: bool = False,
    ids: Sequence[int] | None = None,
    limit: int = 100,
) -> tuple[DeadLetter, ...]:
    """Return dead letters, the newest first: the open ones, or with ``settled`` all of them."""
    wanted = {"agent": agent, "reason": reason, "settled": settled, "ids": list(ids) if ids is not None else None}
    rows = conn.execute(record_statements.LIST_DEAD, {**wanted, "tenant": tenant, "limit": limit}).mappings()
    return tuple(DeadLetter(**{**row, "run_state": RunState(row["run_state"])}) for row in rows)


def read_dead(conn: Connection, letter: int, *, tenant: str = DEFAULT_TENANT) -> DeadLetter:
    """Return one dead letter. Raises ``DeadLetterError``."""
    found = list_dead(conn, tenant=tenant, settled=True, ids=[letter])
    if not found:
        raise _unknown(letter)
    return found[0]


def requeue(replays: Replays, letter: int, *, who: str, tenant: str = DEFAULT_TENANT) -> Requeued:
    """Have a dead letter's step done again, in a new run; one that was requeued before returns its first run.

    Other open dead letters of the same run whose steps that new run does anew are settled with it. Raises
    ``DeadLetterError`` where it is not known or was dropped, ``ReplayError`` where its run cannot be done again (yet),
    ``AdmissionError`` where there is no room for the new run now.
    """
    run_id = new_run_id()
    done = once_more(lambda: _requeue(replays, letter, who=who, tenant=tenant, run_id=run_id))
    replays.relay.send_soon(done.run_id)
    return done


def drop(conn: Connection, letter: int, *, who: str, why: str, tenant: str = DEFAULT_TENANT) -> None:
    """Note that a dead letter's step will not be done again; it stays on record. Raises ``DeadLetterError``."""
    row = _locked(conn, letter, tenant=tenant)
    if row.settled_as is not None:
        raise DeadLetterError(f"dead letter {letter} was {row.settled_as} by {row.settled_by} already")
    if not why.strip():
        raise DeadLetterError("--why is empty: say why nobody will do the step again")
    words = {"who": clean_text(who), "why": clean_text(why.strip())[:_LONGEST_WORDS]}
    conn.execute(record_statements.SETTLE_DROPPED, {**words, "id": letter})


def _requeue(replays: Replays, letter: int, *, who: str, tenant: str, run_id: UUID) -> Requeued:
    """Write the new run and note it on the dead letters, in one transaction."""
    with replays.engine.begin() as conn:
        row = _locked(conn, letter, tenant=tenant)
        if row.settled_as == REQUEUED:
            return Requeued(letter, row.settled_run, fresh=row.settled_run == run_id)
        if row.settled_as is not None:
            raise DeadLetterError(
                f"dead letter {letter} was dropped by {row.settled_by}: {row.settled_why}; "
                f"`lookout runs rerun {row.run_id} --from {row.step}` does its step again all the same"
            )
        wish = Wish(source=row.run_id, step=row.step, key=f"requeue:{letter}", tenant=tenant, run_id=run_id)
        replayed = replays.within(conn, wish)
        settled = {"source": row.run_id, "steps": sorted(replayed.anew), "run": replayed.accepted.run_id}
        conn.execute(record_statements.SETTLE_REQUEUED, {**settled, "who": clean_text(who)})
        return Requeued(letter, replayed.accepted.run_id, fresh=replayed.accepted.fresh)


def _locked(conn: Connection, letter: int, *, tenant: str) -> Row[Any]:
    """Return a dead letter that nobody else deals with until the transaction's end. Raises ``DeadLetterError``."""
    rows = conn.execute(record_statements.LOCK_DEAD, {"id": letter, "tenant": tenant}).all()
    found = next((row for row in rows if row.id == letter), None)
    if found is None:
        raise _unknown(letter)
    return found


def _unknown(letter: int) -> DeadLetterError:
    return DeadLetterError(f"dead letter {letter} is not known: `lookout dead list --settled` shows what there is")
