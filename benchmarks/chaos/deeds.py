"""What can be done to a stack, and to whom."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Which processes there are."""

    WORKER = "worker"
    """A whole worker: the process and everything below it."""
    CHILD = "child"
    """One computing process of a prefork worker, whose parent lives on."""
    ORCHESTRATOR = "orchestrator"
    """Whoever takes triggers in."""
    RELAY = "relay"
    """Whoever sends what the outbox holds."""
    BEAT = "beat"


class Deed(StrEnum):
    """What can be done."""

    KILL = "kill"
    """SIGKILL."""
    FREEZE = "freeze"
    """SIGSTOP, and SIGCONT later."""
    FLUSH = "flush"
    """FLUSHALL: the broker forgets everything and lives on."""
    BROKER_KILL = "broker_kill"
    """SIGKILL of a broker that keeps nothing on disk, and a new one later."""
    POSTGRES_STOP = "postgres_stop"
    """An immediate stop: no transaction is finished, nothing is written down; recovery at the next start."""
    CUT = "cut"
    """The server did the work, and the client never hears of it."""


class Cut(StrEnum):
    """After which work a connection is cut."""

    COMMIT = "commit"
    STATEMENT = "statement"
    PUBLISH = "publish"
    DELIVERY = "delivery"
    """The broker has handed a message out, and its taker never got it."""
    COMMAND = "command"


POSTGRES_CUTS = (Cut.COMMIT, Cut.STATEMENT)
BROKER_CUTS = (Cut.PUBLISH, Cut.DELIVERY, Cut.COMMAND)


@dataclass(frozen=True)
class Disturbance:
    """One thing to do once ``at``, a share of the load's runs from 0 to 1, has ended.

    ``whom`` is a role or the work after which to cut. ``seconds`` is how long a process stays stopped, or a server
    away.
    """

    at: float
    deed: Deed
    whom: Role | Cut | None = None
    seconds: float = 0.0
