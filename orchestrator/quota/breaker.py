"""The circuit breaker of one agent, as a value: closed, open, half-open (M. Nygard, Release It!, 2007).

It opens when the last ``failures`` steps that failed did so within a window in which hardly any other step of the agent
gave a result. While it is open no step of the agent begins. When its time is up one step may try: its result closes
the breaker, its failure opens it again for twice as long.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

_MOST_DOUBLINGS = 32
_SHORT = 200


class State(StrEnum):
    """Whether an agent's steps may begin."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """One step at a time may try."""


@dataclass(frozen=True)
class Rules:
    """When a breaker opens, and for how long."""

    failures: int = 8
    """So many different steps must fail ..."""
    of: int = 10
    """... of so many ..."""
    window_seconds: float = 120.0
    """... within this time."""
    open_seconds: float = 30.0
    """How long it stays open at first; doubles with each failed trial."""
    longest_seconds: float = 600.0
    trial_seconds: float = 5.0
    """How long others wait before they look again while one step tries."""

    def wait(self, trips: int) -> timedelta:
        """Return how long a breaker stays open that has opened so many times in a row."""
        doubled = self.open_seconds * 2.0 ** min(max(0, trips - 1), _MOST_DOUBLINGS)
        return timedelta(seconds=min(self.longest_seconds, doubled))


@dataclass(frozen=True)
class Trial:
    """An attempt at a step: the one that tries whether the agent works again."""

    run_id: UUID
    step: str
    attempt: int

    @property
    def name(self) -> str:
        """The step's name among all runs' steps."""
        return f"{self.run_id}/{self.step}"


class TrialEnd(StrEnum):
    """What the ledger says of a trial."""

    RUNNING = "running"
    DELIVERED = "delivered"
    """It gave a result: the agent works."""
    ENDED = "ended"
    """It ended in a way that says nothing of the source: cancelled, lost, given back, wrong input."""


@dataclass(frozen=True)
class Strike:
    """A failure that speaks against the agent's source: which step, and when."""

    step: str
    at: datetime


@dataclass(frozen=True)
class Breaker:
    """What is known of one agent. A new one is closed."""

    agent: str
    strikes: tuple[Strike, ...] = ()
    """The last failures of different steps, oldest first."""
    trips: int = 0
    """How often in a row it opened."""
    open_until: datetime | None = None
    trial: Trial | None = None
    why: str = ""
    """What was said when it opened last."""

    def state(self, now: datetime) -> State:
        """Return how it stands."""
        if self.open_until is None:
            return State.CLOSED
        return State.OPEN if now < self.open_until else State.HALF_OPEN


def settled(breaker: Breaker, end: TrialEnd) -> Breaker:
    """Return the breaker after what became of its trial: a result closes it, any other end frees the turn."""
    if breaker.trial is None or end is TrialEnd.RUNNING:
        return breaker
    return Breaker(agent=breaker.agent) if end is TrialEnd.DELIVERED else replace(breaker, trial=None)


def struck(breaker: Breaker, strike: Strike, *, rules: Rules) -> Breaker:
    """Return a closed breaker with one more failure: those too old are gone, and each step counts once, as its last."""
    oldest = strike.at - timedelta(seconds=rules.window_seconds)
    earlier = (one for one in breaker.strikes if one.at > oldest and one.step != strike.step)
    return replace(breaker, strikes=(*earlier, strike)[-rules.failures :])


def suspicious(breaker: Breaker, *, rules: Rules) -> bool:
    """Whether so many steps failed that those that gave a result meanwhile decide."""
    return len(breaker.strikes) >= rules.failures


def tolerated(rules: Rules) -> int:
    """Return how many results since the oldest failure still let a suspicious breaker open."""
    return max(0, rules.of - rules.failures)


def opened(breaker: Breaker, *, now: datetime, why: str, rules: Rules) -> Breaker:
    """Return the breaker open from now on."""
    trips = breaker.trips + 1
    return Breaker(agent=breaker.agent, trips=trips, open_until=now + rules.wait(trips), why=why[:_SHORT])


@dataclass(frozen=True)
class Hold:
    """A step must wait: how many seconds, and why, for people."""

    seconds: float
    why: str


@dataclass(frozen=True)
class Admission:
    """What becomes of a step that wants to begin: the breaker afterwards, and the wait, if it must wait."""

    breaker: Breaker
    hold: Hold | None = None


def admit(breaker: Breaker, trial: Trial, *, now: datetime, rules: Rules, chance: float) -> Admission:
    """Decide about a step that wants to begin; ``chance`` (0 to 1) spreads those that wait for the same moment."""
    until, state = breaker.open_until, breaker.state(now)
    if until is None or breaker.trial == trial:
        return Admission(breaker)
    if state is State.HALF_OPEN and breaker.trial is None:
        return Admission(replace(breaker, trial=trial))
    hold = Hold(_wait(until - now, rules=rules, chance=chance), _reason(breaker, until=until, state=state))
    return Admission(breaker, hold)


def _wait(left: timedelta, *, rules: Rules, chance: float) -> float:
    """Return for how long a step is put off: until the breaker lets one try, or until that one will have tried."""
    seconds = left.total_seconds()
    return max(0.0, seconds) + rules.trial_seconds * (chance if seconds > 0 else 1 + chance)


def _reason(breaker: Breaker, *, until: datetime, state: State) -> str:
    """Return what people read beside a step that is put off."""
    how = f"is open until {until:%Y-%m-%d %H:%M:%S} UTC" if state is State.OPEN else "lets one step at a time try"
    return f"put off: the breaker of agent {breaker.agent} {how}" + (f" ({breaker.why})" if breaker.why else "")
