"""A lot of steps of one run: the message holds ids, everything else is in the ledger."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from celery import shared_task

from orchestrator import wiring
from orchestrator.ledger.canvas import STEP_TASK
from orchestrator.ledger.failing import Outcome, Stepped
from orchestrator.ledger.finishing import FINISHING
from orchestrator.ledger.stepping import nothing
from tasks.base import LookoutTask
from tasks.going_on import follow, send_instead, went_on


@shared_task(name=STEP_TASK, base=LookoutTask, bind=True)
def run_step(self: LookoutTask, run_id: str, *steps: str) -> str:
    """Run those of the steps of which the ledger says that they may run now, and what follows if asked to."""
    began, goes_on = time.monotonic(), wiring.goes_on()
    # Whoever goes on keeps its slot: its next lot has agents too.
    worked = nothing if goes_on else partial(FINISHING.agents_done, self.request.id)
    summary = self.pass_on(_run(run_id, steps, worked=worked))
    if goes_on:
        _go_on(self, began=began)
    return summary


def _run(run_id: str, steps: Sequence[str], *, worked: Callable[[], None] = nothing) -> Stepped:
    """Run steps, and have sent what the ledger owes for it."""
    stepped = wiring.runner().run(UUID(run_id), steps=steps, worked=worked)
    if stepped.owes:
        wiring.relay().send_soon(UUID(run_id))
    return stepped


def _go_on(task: LookoutTask, *, began: float) -> None:
    """Do what follows without a message. The message's own steps are done whatever comes of it."""
    for lot in follow(task, began=began):
        moment = time.time()
        run_id, *steps = lot.args
        stepped = _run(run_id, steps)
        if stepped.outcome is Outcome.GIVEN_BACK:
            send_instead(task, lot)
        went_on(task, lot, stepped, began=moment)
