"""The relay as a process of its own: sends what the outbox holds, over and over.

Run as ``python -m benchmarks.chaos.relaying JOURNAL``.
"""

import sys
import time
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from benchmarks.chaos import troupe
from benchmarks.chaos.journal import RELAYED, Journal
from orchestrator import wiring

_LOOK_SECONDS = 0.05


def main() -> None:
    """Send until killed."""
    troupe.app.set_current()
    relay, journal = wiring.relay(), Journal(Path(sys.argv[1]))
    while True:
        try:
            sent = relay.send_due()
        except SQLAlchemyError as error:
            print(f"the database is away: {type(error).__name__}", file=sys.stderr, flush=True)
            sent = 0
        if sent:
            journal.note(RELAYED, count=sent)
        time.sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    main()
