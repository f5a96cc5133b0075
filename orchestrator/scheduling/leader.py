"""Who leads: a lease that runs out, so that a scheduler that was stopped, cut off or killed is replaced.

Leading is only a hint who should act. What makes it safe is ``hold``: whoever fires locks the lease in the same
transaction, and a predecessor that wakes up late finds another owner or a higher token there.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from orchestrator.scheduling import statements

BEAT = "beat"
"""The lease of those who schedule."""


@dataclass(frozen=True)
class Lease:
    """The right to fire, until it runs out or another takes it; ``seconds`` is how long it lasts unrenewed."""

    name: str
    owner: str
    token: int
    seconds: float


@dataclass(frozen=True)
class Leader:
    """One that may lead. ``owner`` must be its alone: no two schedulers, not even two lives of one, share it."""

    engine: Engine
    owner: str
    seconds: float
    name: str = BEAT

    def lead(self) -> Lease | None:
        """Renew the lease or take one that ran out; None where another leads."""
        with self.engine.begin() as conn:
            row = {"name": self.name, "owner": self.owner, "seconds": self.seconds}
            token = conn.execute(statements.TAKE_LEASE, row).scalar_one_or_none()
        return None if token is None else Lease(self.name, self.owner, int(token), self.seconds)

    def release(self, lease: Lease) -> None:
        """Give a lease back, so that another takes over at once; one that was lost meanwhile stays as it is."""
        with self.engine.begin() as conn:
            conn.execute(statements.RELEASE_LEASE, {"name": lease.name, "owner": lease.owner, "token": lease.token})


def hold(conn: Connection, lease: Lease) -> bool:
    """Lock the lease until the transaction's end, and renew it; False where it is no longer one's own: do nothing."""
    row = {
        "name": lease.name,
        "owner": lease.owner,
        "token": lease.token,
        "seconds": lease.seconds,
        "idle": f"{max(1, round(lease.seconds * 500))}ms",
    }
    return conn.execute(statements.HOLD_LEASE, row).one_or_none() is not None
