"""``python -m benchmarks.stand.envoy``: a process that submits plans to the ledger, as told by lines of JSON.

A line holds ``shapes``, one a run. The answer, once all have ended, says how long it took from the first submission to
the last end, and how much of that passed until everything was submitted.
"""

import json
import os
import sys
import time

from pydantic import TypeAdapter

from benchmarks.stand.ledger import LedgerDoor
from benchmarks.stand.plans import plan_of
from orchestrator.domain.plans import Shape

LOOK_SECONDS = 0.5
SHAPES: TypeAdapter[list[Shape]] = TypeAdapter(list[Shape])


def main() -> None:
    """Obey until the standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # What a library prints is no answer.
    door = LedgerDoor()
    for line in sys.stdin:
        answers.write(json.dumps(do(door, SHAPES.validate_python(json.loads(line)["shapes"]))) + "\n")
        answers.flush()
    door.close()


def do(door: LedgerDoor, shapes: list[Shape]) -> dict[str, float]:
    """Submit a run for each shape and wait for all of them."""
    begin = time.perf_counter()
    waited = {door.new_id(): shape for shape in shapes}
    for run, shape in waited.items():
        door.submit(plan_of(shape), run=run)
    submitted = time.perf_counter()
    left = set(waited)
    while left:
        left.difference_update(door.ended(LOOK_SECONDS))
    return {"seconds": time.perf_counter() - begin, "submitting_seconds": submitted - begin}


if __name__ == "__main__":
    main()
