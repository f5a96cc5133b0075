"""The action ``change``: another tier for a target, or another age; and back again.

What it changes is kept beside the watchlist's own words (``store/target_changes.py``), so that watching the file again
keeps it, and undoing it forgets it. The schedules follow in the same transaction.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, Row

from agents.contract import Target
from orchestrator.domain.responses import ActionKind, Change
from orchestrator.domain.watchlist import Watchlist
from orchestrator.planning.durations import duration_text
from orchestrator.response import statements
from orchestrator.response.contract import ActionError, ActionRefusedError, Order, Outcome
from orchestrator.response.watched import jitter_of, watchlist_of
from orchestrator.scheduling.schedules import watch
from orchestrator.store.target_changes import changed_target


@dataclass(frozen=True)
class ChangeTarget:
    """Changes how closely targets are watched."""

    engine: Engine
    jitter: float
    """By what share of its interval an occurrence may move, for a schedule that has none yet."""
    kind: ActionKind = ActionKind.CHANGE

    def rehearse(self, order: Order) -> Outcome:
        """Return what would change, in which watchlists."""
        with self.engine.begin() as conn:
            lists = _watched(conn, order)
            words = [_words(_as_written(conn, rows, order), order, watchlist=name) for name, rows in lists]
        return Outcome("would change " + "; ".join(words))

    def perform(self, order: Order) -> Outcome:
        """Change it, in every watchlist that has the target; done again, it finds the change and keeps it."""
        with self.engine.begin() as conn:
            if conn.execute(statements.STILL_AT_IT, {"tenant": order.tenant, "id": order.id}).one_or_none() is None:
                raise ActionError(f"{order.id} was ended by another meanwhile")
            words = [self._change(conn, rows, order, watchlist=name) for name, rows in _watched(conn, order)]
        return Outcome("changed " + "; ".join(words))

    def undo(self, order: Order, outcome: Outcome) -> Outcome:
        """Forget the change: what the file says holds again, or what other actions changed."""
        with self.engine.begin() as conn:
            lists = _watched(conn, order)
            before = {name: _restored(conn, rows, order) for name, rows in lists}
            conn.execute(statements.DROP_CHANGE, {"tenant": order.tenant, "id": order.id})
            for name, rows in lists:
                watch(conn, before[name], jitter=jitter_of(rows, otherwise=self.jitter), tenant=order.tenant)
        return Outcome(f"no longer holds: {outcome.words}")

    def _change(self, conn: Connection, rows: Sequence[Row[Any]], order: Order, *, watchlist: str) -> str:
        """Change the target in one watchlist; return what changed, in words."""
        written, deed = _as_written(conn, rows, order), Change.model_validate(dict(order.parameters))
        old = {"old_tier": written.tier, "old_age": written.max_age_seconds}
        new = {"tier": deed.tier, "age": deed.max_age_seconds}
        place = {"tenant": order.tenant, "watchlist": watchlist, "target": written.id, "id": order.id}
        restored = _restored(conn, rows, order)
        if deed.max_age_seconds and restored.timing_of(written).cron:
            raise ActionRefusedError(
                f"target {written.id!r} is looked at by the clock in {watchlist}, whatever its age; leave out either "
                "'max_age' of the rule, or 'cron' of the watchlist"
            )
        conn.execute(statements.ADD_CHANGE, {**place, **old, **new})
        watch(conn, restored, jitter=jitter_of(rows, otherwise=self.jitter), tenant=order.tenant)
        return _words(written, order, watchlist=watchlist)


def _watched(conn: Connection, order: Order) -> list[tuple[str, list[Row[Any]]]]:
    """Return the schedules of each watchlist that has the target, locked."""
    kind, _, location = order.finding.target.partition(":")
    place = json.dumps({"kind": kind, "location": location})
    wanted = {"tenant": order.tenant, "place": place}
    conn.execute(statements.LOCK_WATCHED, wanted)
    rows = conn.execute(statements.WATCHED, wanted).all()
    if not rows:
        raise ActionRefusedError(
            f"target {order.finding.target!r} stands in no schedule, so there is nothing to change; `lookout schedules "
            "watch WATCHLIST` begins to watch"
        )
    return [(name, list(group)) for name, group in groupby(rows, key=lambda row: row.watchlist)]


def _as_written(conn: Connection, rows: Iterable[Row[Any]], order: Order) -> Target:
    """Return the target as its file wrote it."""
    return next(target for target in _restored(conn, rows, order).targets if target.id == order.finding.target)


def _restored(conn: Connection, rows: Iterable[Row[Any]], order: Order) -> Watchlist:
    """Return the watchlist as its file wrote it: each target without what actions changed."""
    now = watchlist_of(rows)
    place = {"tenant": order.tenant, "watchlist": now.name}
    targets = tuple(
        _without(target, conn.execute(statements.CHANGES_OF, {**place, "target": target.id}).all())
        for target in now.targets
    )
    return now.model_copy(update={"targets": targets})


def _without(target: Target, changes: Sequence[Row[Any]]) -> Target:
    """Return a target as it was before it was changed; as it is, where what stands in it is nobody's change."""
    for change in changes:
        old = target.model_copy(update={"tier": change.old_tier, "max_age_seconds": change.old_max_age_seconds})
        if changed_target(old, changes) == target:
            return old
    return target


def _words(written: Target, order: Order, *, watchlist: str) -> str:
    """Return a change in words, with what it was before."""
    deed = Change.model_validate(dict(order.parameters))
    tier = f"tier {written.tier} to {deed.tier}" if deed.tier else ""
    age = f"age {duration_text(written.max_age_seconds)} to {duration_text(deed.max_age_seconds or 0)}"
    parts = (tier, age if deed.max_age_seconds else "")
    return f"{', '.join(part for part in parts if part)} of {written.label} in {watchlist}"
