"""Actors on one database that go on one statement at a time, in an order that a seed draws; any may be killed."""

import threading
from collections.abc import Callable

from sqlalchemy import Engine, event

_PATIENCE_SECONDS = 20.0


class KilledError(BaseException):
    """The actor was killed where it stood; nothing of ours catches it."""


class Actor:
    """A thread that stops before each statement and each commit, until it is let go on or killed."""

    def __init__(self, name: str, engine: Engine, life: Callable[[], None]) -> None:
        self.name = name
        self._engine, self._life = engine, life
        self._go, self._arrived = threading.Semaphore(0), threading.Semaphore(0)
        self._killed = False
        self.failure: BaseException | None = None
        event.listen(engine, "before_cursor_execute", self._stop)
        event.listen(engine, "commit", self._stop)
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._thread.start()
        self._wait()

    def step(self) -> None:
        """Let it go on to its next statement or commit."""
        self._go.release()
        self._wait()

    def kill(self) -> None:
        """End it where it stands, as a lost process ends: its transaction is undone."""
        self._killed = True
        self._go.release()
        self._thread.join(_PATIENCE_SECONDS)
        assert not self._thread.is_alive(), f"{self.name} did not end"
        self._engine.dispose()
        assert self.failure is None, self.failure

    def _wait(self) -> None:
        assert self._arrived.acquire(timeout=_PATIENCE_SECONDS), f"{self.name} did not come back from the database"
        assert self.failure is None, self.failure

    def _stop(self, *_: object) -> None:
        if threading.current_thread() is not self._thread or self._killed:
            return
        self._arrived.release()
        self._go.acquire()
        if self._killed:
            raise KilledError(self.name)

    def _live(self) -> None:
        try:
            while not self._killed:
                self._life()
        except KilledError:
            return
        except AssertionError as error:
            self.failure = error
        finally:
            self._arrived.release()
