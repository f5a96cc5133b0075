"""Who submits to the plain canvas, as a process. Run as ``python -m benchmarks.chaos.plain.submitting ASSIGNMENT``."""

import sys
import time

from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from benchmarks.chaos.assignment import Assignment
from benchmarks.chaos.journal import ACCEPTED, REFUSED, Journal
from benchmarks.chaos.plain.canvas import canvas, shape_of
from benchmarks.chaos.plain.names import run_name
from benchmarks.chaos.plain.tasks import app

EVERY_SECONDS = 0.12
"""There is nobody to ask how many runs are under way: they are sent at a steady pace, one every so often."""
_AGAIN_SECONDS = 0.2


def main() -> None:
    """Send every run that the journal does not have yet, again where the broker does not take it."""
    assignment = Assignment.from_word(sys.argv[1])
    journal = Journal(assignment.journal)
    known = {line["number"] for line in journal.lines(ACCEPTED)}
    for number in assignment.numbers():
        if number not in known:
            while not _submit(assignment.seed, number, journal=journal):
                time.sleep(_AGAIN_SECONDS)
            time.sleep(EVERY_SECONDS * assignment.of)


def _submit(seed: int, number: int, *, journal: Journal) -> bool:
    """Send one run and note it; False where the broker did not take it."""
    run = run_name(seed, number)
    began, clock = time.time(), time.perf_counter()
    try:
        canvas(app, shape_of(seed, number), run=run).apply_async()
    except (BrokerError, RedisError, ConnectionError) as error:
        seconds = time.perf_counter() - clock
        journal.note(REFUSED, number=number, began=began, seconds=seconds, error=type(error).__name__)
        return False
    journal.note(ACCEPTED, number=number, began=began, seconds=time.perf_counter() - clock, run=run)
    return True


if __name__ == "__main__":
    main()
