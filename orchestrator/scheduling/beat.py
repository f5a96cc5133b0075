"""The scheduler that ``celery -A orchestrator beat`` runs: Celery's own loop around our clockwork."""

from typing import Any

import structlog
from celery import Celery
from celery.beat import Scheduler

from orchestrator.errors import ServiceError
from orchestrator.liveness.giving import Giver
from orchestrator.scheduling.clockwork import Clockwork
from orchestrator.settings import get_settings

_log = structlog.get_logger(__name__)

_UNTIL_SERVICES_SECONDS = 5.0
"""How long to wait where nothing says yet where the database is."""


class LedgerScheduler(Scheduler):  # type: ignore[misc] # Celery has no types
    """Fires the schedules of the ledger's database. Several may run: one leads, and another takes over from it.

    Nothing is opened before the first tick; Celery makes a second, lazy one for its banner.
    """

    def __init__(self, app: Celery, *args: Any, clockwork: Clockwork | None = None, **options: Any) -> None:  # noqa: ANN401  Celery's
        self._clockwork = clockwork
        self._ticking = False
        settings = get_settings()
        path = settings.heartbeat_file
        self._giver = Giver(path, who="beat", lease_seconds=settings.lease_seconds) if path is not None else None
        super().__init__(app, *args, **options)

    def setup_schedule(self) -> None:
        """Say what of Celery's own configuration does not count here: schedules are the database's."""
        if self.app.conf.beat_schedule:
            _log.warning(
                "beat_schedule is not read: `lookout schedules` shows what is scheduled",
                ignored=sorted(self.app.conf.beat_schedule),
            )

    def tick(self, *_args: object, **_options: object) -> float:
        """Do what is due, and leave a sign of life; return after how many seconds to come again."""
        self._ticking = True
        try:
            wait = self._tick()
        finally:
            self._ticking = False
        if self._giver is not None:
            self._giver.give(until_next=wait)
        return wait

    def close(self) -> None:
        """Give the lease back. Celery calls it twice: from the signal's handler, and when its loop has ended.

        The first call may come in the middle of a tick, whose transaction holds the lease: then the second one, after
        that transaction was undone, does it.
        """
        if self._ticking:
            return
        super().close()
        if self._clockwork is not None:
            self._clockwork.close()

    def _tick(self) -> float:
        """Make the clockwork at the first tick, then let it do its turn."""
        try:
            clockwork = self._clockwork = self._clockwork or _own_clockwork()
        except ServiceError as error:
            _log.warning("nothing can be scheduled yet", seconds=_UNTIL_SERVICES_SECONDS, error=str(error))
            return _UNTIL_SERVICES_SECONDS
        return clockwork.tick()


def _own_clockwork() -> Clockwork:
    """Return the clockwork that the settings describe."""
    from orchestrator import wiring  # noqa: PLC0415  it imports the Celery app, which names this module

    return wiring.clockwork()
