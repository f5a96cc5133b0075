"""``python -m benchmarks.runs.hand KIND``: a process that asks one system for runs, told how by lines of JSON."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from benchmarks.runs.door import Doer, Door
from benchmarks.runs.loop import ask, ask_in_turn, do, do_in_turn
from benchmarks.runs.work import Work

DOORS = {
    "lookout": "benchmarks.runs.systems.lookout_door",
    "celery": "benchmarks.runs.systems.raw_celery_door",
    "procrastinate": "benchmarks.runs.systems.procrastinate_door",
}
DOERS = {
    "dbos": "benchmarks.runs.systems.dbos_doer",
    "langgraph": "benchmarks.runs.systems.langgraph_doer",
}
_ANSWERS = os.fdopen(os.dup(sys.stdout.fileno()), "w")


def main() -> None:
    """Obey until the standard input ends."""
    kind = sys.argv[1]
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # What a library prints is no answer.
    if kind in DOERS:
        asyncio.run(_serve_inside(import_module(DOERS[kind]).open_doer()))
    else:
        _serve(import_module(DOORS[kind]).open_door())


def _serve(door: Door) -> None:
    say({"ready": True})
    for order in orders():
        work = Work(**order["work"])
        if order["do"] == "turns":
            say({"took": ask_in_turn(door, work, runs=order["runs"])})
        else:
            ends = ask(door, work, inflight=order["inflight"], seconds=order["seconds"], mark=_mark)
            say(ends.as_json())
    door.close()


async def _serve_inside(doer: Doer) -> None:
    await doer.open()
    say({"ready": True})
    while line := await asyncio.to_thread(sys.stdin.readline):  # What runs in the background runs on.
        order = json.loads(line)
        work = Work(**order["work"])
        if order["do"] == "turns":
            say({"took": await do_in_turn(doer, work, runs=order["runs"])})
        else:
            ends = await do(doer, work, inflight=order["inflight"], seconds=order["seconds"], mark=_mark)
            say(ends.as_json())
    await doer.close()


def orders() -> Iterator[dict[str, Any]]:
    """Yield what is asked for."""
    for line in sys.stdin:
        yield json.loads(line)


def say(value: Mapping[str, Any]) -> None:
    """Answer with one line."""
    _ANSWERS.write(json.dumps(value) + "\n")
    _ANSWERS.flush()


def _mark(name: str) -> None:
    say({"mark": name})


if __name__ == "__main__":
    main()
