"""One turn of the scheduler: lead if nobody else does, fire what is due, have the ledger swept."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.errors import ServiceError
from orchestrator.ledger.decisions import Backoff
from orchestrator.ledger.relay import BROKER_TROUBLE
from orchestrator.scheduling.firing import Firing
from orchestrator.scheduling.leader import Leader, Lease
from orchestrator.scheduling.sweeps import Sweeps

_log = structlog.get_logger(__name__)

_TROUBLE = (SQLAlchemyError, ServiceError, *BROKER_TROUBLE)
"""What a database or a broker that is down, slow or lost raises: it passes."""
_NO_CHANCE = 0.5
"""No jitter: of several schedulers only one does anything."""


class Clockwork:
    """What a scheduler does at each tick. It opens nothing before the first, and outlives every outage."""

    def __init__(self, *, leader: Leader, firing: Firing, sweeps: Sweeps, interval_seconds: float) -> None:
        self._leader = leader
        self._firing = firing
        self._sweeps = sweeps
        self._interval = interval_seconds
        self._backoff = Backoff(multiplier=interval_seconds, max=leader.seconds / 2)
        self._lease: Lease | None = None
        self._troubles = 0

    @property
    def leads(self) -> bool:
        """Whether it led at its last tick."""
        return self._lease is not None

    def tick(self) -> float:
        """Do what is due now; return after how many seconds to come again: longer while something is down."""
        try:
            self._turn()
        except _TROUBLE as error:
            wait = self._backoff.seconds(self._troubles, chance=_NO_CHANCE)
            self._troubles += 1
            _log.warning("nothing could be scheduled; it is tried again", seconds=wait, error=str(error))
            return wait
        self._troubles = 0
        return self._interval

    def close(self) -> None:
        """Give the lease back, so that another takes over at once. May be called again, and without a database."""
        lease, self._lease = self._lease, None
        if lease is None:
            return
        try:
            self._leader.release(lease)
        except _TROUBLE as error:
            _log.warning("the lease was not given back; it runs out by itself", seconds=lease.seconds, error=str(error))

    def _turn(self) -> None:
        """Lead if nobody else does; a leader fires and has the ledger swept."""
        self._note(self._leader.lead())
        if self._lease is not None:
            self._firing.fire_due(self._lease)
            self._sweeps.send_due()

    def _note(self, lease: Lease | None) -> None:
        """Remember the lease, and say so where who leads has changed."""
        if lease is not None and lease != self._lease:
            _log.info("this scheduler leads", owner=lease.owner, fence=lease.token)
        if lease is None and self._lease is not None:
            _log.warning("another scheduler leads; this one stands by", owner=self._lease.owner)
        self._lease = lease
