"""The circuit breakers of all agents, shared by all workers in Postgres, with what one process remembers of them.

A process remembers which breakers are not closed, and reads that anew with each heartbeat: a step whose agent's breaker
is closed costs a look into a set. Failures are noted in the transaction that records them; that a trial gave a result
is read off its step, so that success writes nothing either.
"""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Row

from agents.errors import QuotaExhaustedError, SourceUnavailableError, StoppedError
from orchestrator.quota import statements
from orchestrator.quota.breaker import (
    Breaker,
    Hold,
    Rules,
    State,
    Strike,
    Trial,
    TrialEnd,
    admit,
    opened,
    settled,
    struck,
    suspicious,
    tolerated,
)
from orchestrator.store.documents import to_json

_log = structlog.get_logger(__name__)


def speaks_against(error: BaseException) -> bool:
    """Whether a failure says that an agent's source is away, rather than that this one step's input is wrong.

    A source that named the time when it answers again is not away; a step that had to be stopped hung on something.
    """
    if isinstance(error, QuotaExhaustedError):
        return False
    return isinstance(error, SourceUnavailableError | TimeoutError | ConnectionError | StoppedError)


@dataclass(frozen=True)
class Seen:
    """A breaker as the database has it, and its time."""

    breaker: Breaker
    now: datetime

    @property
    def state(self) -> State:
        """How it stands."""
        return self.breaker.state(self.now)


class Breakers:
    """One process's view of the breakers, and its share in their changes."""

    def __init__(self, engine: Engine, *, rules: Rules) -> None:
        self._engine = engine
        self._rules = rules
        self._not_closed: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def closed(self, agent: str) -> bool:
        """Whether, as far as this process knows, an agent's steps may begin. Asks nobody."""
        return agent not in self._not_closed

    def listen(self, conn: Connection) -> None:
        """Read which breakers are not closed; called with each heartbeat, in its transaction."""
        names = {seen.breaker.agent for seen in not_closed(conn)}
        with self._lock:
            self._not_closed = frozenset(names)

    def admit(self, agent: str, trial: Trial) -> Hold | None:
        """Return how long a step must wait before it may begin; None where it may, as a trial where need be."""
        with self._engine.begin() as conn:
            row = conn.execute(statements.LOCK_BREAKER, {"agent": agent}).one_or_none()
            if row is None:
                return None
            seen = _seen(row)
            admission = admit(
                seen.breaker,
                trial,
                now=seen.now,
                rules=self._rules,
                chance=random.random(),  # noqa: S311  jitter, not a secret
            )
            _save(conn, admission.breaker)
        self._remember(agent, state=admission.breaker.state(seen.now))
        return admission.hold

    def note(self, conn: Connection, agent: str, *, trial: Trial, error: BaseException, queues: Sequence[str]) -> None:
        """Note a failure that speaks against an agent's source, in the transaction that records it."""
        conn.execute(statements.KNOW_AGENT, {"agent": agent})
        seen = _seen(conn.execute(statements.LOCK_BREAKER, {"agent": agent}).one(), noting=trial)
        breaker, why = seen.breaker, type(error).__name__
        if seen.state is State.CLOSED:
            breaker = struck(breaker, Strike(trial.name, seen.now), rules=self._rules)
            if suspicious(breaker, rules=self._rules) and not self._others_deliver(conn, breaker, queues=queues):
                breaker = opened(breaker, now=seen.now, why=why, rules=self._rules)
        elif breaker.trial == trial:
            breaker = opened(breaker, now=seen.now, why=why, rules=self._rules)
        _save(conn, breaker)
        state = breaker.state(seen.now)
        if state is State.OPEN and breaker != seen.breaker:
            _log.warning("breaker opened", agent=agent, until=str(breaker.open_until), why=why, trips=breaker.trips)
        self._remember(agent, state=state)

    def _others_deliver(self, conn: Connection, breaker: Breaker, *, queues: Sequence[str]) -> bool:
        """Whether more steps of the agent gave results since its oldest failure than a source that is away allows."""
        most = tolerated(self._rules)
        since = {"since": breaker.strikes[0].at, "agent": breaker.agent, "queues": list(queues), "enough": most + 1}
        return int(conn.execute(statements.DELIVERED_SINCE, since).scalar_one()) > most

    def _remember(self, agent: str, *, state: State) -> None:
        """Remember how a breaker stands."""
        with self._lock:
            others = self._not_closed - {agent}
            self._not_closed = others if state is State.CLOSED else others | {agent}


def not_closed(conn: Connection) -> tuple[Seen, ...]:
    """Return every breaker that is open or half-open."""
    seen = (_seen(row) for row in conn.execute(statements.NOT_CLOSED))
    return tuple(one for one in seen if one.state is not State.CLOSED)


def _seen(row: Row[Any], *, noting: Trial | None = None) -> Seen:
    """Return the breaker that a row holds, after what became of its trial.

    Where the trial's own failure is being noted, its step has just been given back: it is still under way for us.
    """
    trial = Trial(row.trial_run, row.trial_step, row.trial_attempt) if row.trial_run is not None else None
    strikes = tuple(Strike(one["step"], datetime.fromisoformat(one["at"])) for one in row.strikes)
    breaker = Breaker(row.agent, strikes, trips=row.trips, open_until=row.open_until, trial=trial, why=row.why)
    end = TrialEnd.RUNNING if trial is not None and trial == noting else TrialEnd(row.trial_end)
    return Seen(settled(breaker, end), now=row.now)


def _save(conn: Connection, breaker: Breaker) -> None:
    """Write a breaker down."""
    trial = breaker.trial
    row = {
        "agent": breaker.agent,
        "strikes": to_json([{"step": one.step, "at": one.at.isoformat()} for one in breaker.strikes]),
        "trips": breaker.trips,
        "open_until": breaker.open_until,
        "trial_run": trial.run_id if trial else None,
        "trial_step": trial.step if trial else None,
        "trial_attempt": trial.attempt if trial else None,
        "why": breaker.why,
    }
    conn.execute(statements.SAVE_BREAKER, row)
