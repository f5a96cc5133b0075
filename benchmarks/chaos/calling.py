"""One call of whoever submits, noted before it is made and once it is answered."""

import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from benchmarks.chaos.journal import ACCEPTED, ASKED, REFUSED, Journal
from orchestrator.ledger.submit import Accepted

_MOST_WORDS = 300
"""Characters of an error that are noted."""


def submitted(journal: Journal, accept: Callable[[], Accepted], *, number: int, way: str) -> bool:
    """Submit one run and note how long it took; False where it was refused.

    A call that never comes back leaves the line that was written before it, and no other with its ``began``.
    """
    told = {"number": number, "way": way, "began": time.time()}
    journal.note(ASKED, **told)
    clock = time.perf_counter()
    try:
        accepted = accept()
    except SQLAlchemyError as error:
        journal.note(REFUSED, **told, seconds=time.perf_counter() - clock, error=str(error)[:_MOST_WORDS])
        return False
    seconds = time.perf_counter() - clock
    journal.note(ACCEPTED, **told, seconds=seconds, run=str(accepted.run_id), fresh=accepted.fresh)
    return True
