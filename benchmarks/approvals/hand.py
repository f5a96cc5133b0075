"""``python -m benchmarks.approvals.hand DEED NUMBER``: what is done from outside, in a process of its own.

The last line of its output is JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from agents.contract import APPROVE
from benchmarks.approvals.cast import app  # noqa: F401  the catalogue must stand before anything else asks for it
from benchmarks.stand.plans import plan_of, submission, wait_step
from orchestrator import wiring
from orchestrator.domain.ids import new_run_id
from orchestrator.domain.plans import Shape, Step
from orchestrator.ledger.submit import submit
from orchestrator.oversight.answering import answer
from orchestrator.oversight.asked import list_open
from orchestrator.store.direct import Within
from orchestrator.store.process import engine

DEADLINE_SECONDS = 30 * 86_400.0
HELD_SECONDS = 3.0
"""How long a step holds a slot where it is shown that all are free."""
LONGEST_SECONDS = 600.0
_LOOK_SECONDS = 0.1


class UnfinishedError(Exception):
    """Something did not come about in time."""


def ask(number: int) -> dict[str, Any]:
    """Submit so many runs whose step asks, and wait until all of them wait."""
    began = time.perf_counter()
    for _ in range(number):
        accept(Step(name="asks", agent="asker", capability="ask", target="git:asks"))
    _until(lambda: _count("SELECT count(*) FROM steps WHERE state = 'waiting'") == number, what="every run waits")
    return {"seconds": round(time.perf_counter() - began, 2)}


def hold(number: int) -> dict[str, Any]:
    """Submit a run for each slot whose step holds it for a while, and wait until all have ended."""
    for one in range(number):
        accept(wait_step(f"holds{one}", seconds=HELD_SECONDS))
    left = "SELECT count(*) FROM steps WHERE agent = 'waiter' AND state IN ('pending', 'running')"
    _until(lambda: _count(left) == 0, what="every slot was held")
    return {}


def approve(number: int) -> dict[str, Any]:
    """Say yes to so many, one after the other, and wait until nobody waits and nothing runs."""
    began = time.perf_counter()
    with engine().connect() as conn:
        names = [asked.id for asked in list_open(conn)]
    for name in names[:number]:
        answer(engine(), name, value=APPROVE, who="the benchmark")
    answered = time.perf_counter() - began
    _until(lambda: _count("SELECT count(*) FROM runs WHERE state = 'running'") == 0, what="every run has ended")
    return {"answering_seconds": round(answered, 2), "seconds": round(time.perf_counter() - began, 2)}


def accept(shape: Shape) -> None:
    """Take a run in, as every door does once its trigger is planned."""
    plan = plan_of(shape).model_copy(update={"deadline_seconds": DEADLINE_SECONDS})
    given = submission(plan, run=str(new_run_id()))
    with engine().begin() as conn:
        accepted = submit(
            Within(conn), given, specs=wiring.specs(), max_losses=wiring.limits().max_losses, grace_seconds=2.0
        )
    wiring.relay().send_first(accepted, plan)


def _until(holds: Callable[[], bool], *, what: str) -> None:
    """Wait until something holds. Raises ``UnfinishedError``."""
    until = time.monotonic() + LONGEST_SECONDS
    while not holds():
        if time.monotonic() > until:
            raise UnfinishedError(f"not after {LONGEST_SECONDS:g} s: {what}")
        time.sleep(_LOOK_SECONDS)


def _count(query: str) -> int:
    """Return the one number of a query."""
    with engine().connect() as conn:
        return int(conn.execute(text(query)).scalar_one())


DEEDS: dict[str, Callable[[int], dict[str, Any]]] = {"ask": ask, "hold": hold, "approve": approve}

if __name__ == "__main__":
    print(json.dumps(DEEDS[sys.argv[1]](int(sys.argv[2]))))
