"""Signals as a value to look at, and moments that must not be disturbed."""

import os
import select
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class SignalFlag:
    """Set by a signal; the same shape as the agents' ``StopSignal``.

    Not a ``threading.Event``: that one's lock may be held by the very code that the signal interrupts.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.received: signal.Signals | None = None

    def set(self, number: int, _frame: FrameType | None = None) -> None:
        """Take note of the signal and wake whoever waits; a signal's handler."""
        if self.received is None:
            self.received = signal.Signals(number)
            os.write(self._writer, b".")

    def is_set(self) -> bool:
        """Whether a signal came."""
        return self.received is not None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for a signal, at most ``timeout`` seconds; True where one came."""
        select.select([self._reader], [], [], timeout)
        return self.is_set()

    def close(self) -> None:
        """Give the descriptors back."""
        os.close(self._reader)
        os.close(self._writer)


@contextmanager
def stop_on(signals: Sequence[signal.Signals] = ENDING) -> Iterator[SignalFlag]:
    """Yield a flag that the signals set, in the main thread; afterwards they do what they did before.

    A signal that is ignored stays ignored. Stop what runs *after* the block: then a second Ctrl-C interrupts the
    stopping, and what is left is killed.
    """
    flag = SignalFlag()
    heard = [number for number in signals if signal.getsignal(number) is not signal.SIG_IGN]  # Under nohup, e.g.
    before = {number: signal.signal(number, flag.set) for number in heard}
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        flag.close()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold ending signals back until the block is done; for cleaning up, in bounded time and in the main thread.

    By handlers, not by a mask: the kernel would give a masked signal to any other thread, and Python act on it at once.
    """
    flag = None
    try:
        with stop_on() as flag:
            yield
    finally:
        if flag is not None and flag.received is not None:
            signal.raise_signal(flag.received)
