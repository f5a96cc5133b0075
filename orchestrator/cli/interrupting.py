"""Where something has to be undone, a signal interrupts: it is undone on the way out."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator.local.signals import ENDING


@contextmanager
def undoing() -> Iterator[None]:
    """Let ending signals raise KeyboardInterrupt in the block; afterwards they do what they did before.

    A signal that is ignored stays ignored. Import what the block needs before it: an import that is interrupted ends
    in whatever error it likes.
    """
    heard = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, signal.default_int_handler) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
