"""``python -m benchmarks.overload.drive WISHES``: find out what the stack does, then send it ten times as much.

In the first and third quarter of the flood a trigger looks at one lock file, which makes three steps; in the others at
several, so that steps fill up before runs do. Quarters that are held against each other are alike.

A process of its own, for its environment names the servers. Triggers are sent at their times whether or not earlier
ones were answered, and an answer's time counts from when its trigger was to be sent. Figures go to standard output.
"""

import json
import queue
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

from sqlalchemy import TextClause, text

from agents.contract import Target, TargetKind
from benchmarks.overload.places import Places
from benchmarks.overload.strangers import strangers
from benchmarks.stand.statistics import quantile
from orchestrator import wiring
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.domain.watchlist import Watchlist
from orchestrator.errors import AdmissionError
from orchestrator.scheduling.schedules import watch
from orchestrator.settings import get_settings
from orchestrator.store.process import engine
from orchestrator.telemetry import configure_logging

CLOSED_LOOP = 24
MIX = (*(Priority.NORMAL,) * 16, *(Priority.HIGH,) * 3, Priority.CRITICAL)
SCHEDULES, EVERY_SECONDS = 20, 2
WIDTHS = (1, 8, 1, 8)
"""How many lock files a trigger looks at, quarter by quarter."""
STEPS_WAIT = "steps wait"
"""In the words of a refusal for which the bound of steps is the reason, and not that of runs."""
STRANGERS_SHARE = 0.2
"""Which share of the flood comes as messages, as from services that have only Celery."""
_UP_SECONDS, _LOOK_SECONDS = 3_600.0, 0.02
_ENDED = text("SELECT count(*) FROM runs WHERE finished_at > now() - make_interval(secs => :seconds)")
_LIVE = text("SELECT count(*) FROM runs WHERE state = 'running'")


@dataclass
class Answers:
    """What triggers were answered, and after how many seconds."""

    seconds: list[float] = field(default_factory=list)
    accepted: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    come_back: list[float] = field(default_factory=list)
    turned_away_by: dict[str, int] = field(default_factory=lambda: {"runs": 0, "steps": 0})
    """How many were turned away by each of the bounds."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, priority: Priority, seconds: float, *, refusal: AdmissionError | None) -> None:
        """Note one answer."""
        with self._lock:
            self.seconds.append(seconds)
            answered = self.refused if refusal else self.accepted
            answered[priority.name.lower()] = answered.get(priority.name.lower(), 0) + 1
            if refusal:
                self.come_back.append(refusal.retry_after_seconds)
                self.turned_away_by["steps" if STEPS_WAIT in str(refusal) else "runs"] += 1


def capacity(places: Places, *, seconds: float) -> float:
    """Return how many runs a second end while a fixed number is always under way, once the workers are warm."""
    while _count(_ENDED, seconds=_UP_SECONDS) < CLOSED_LOOP:
        _keep_busy(places)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        _keep_busy(places)
    return _count(_ENDED, seconds=seconds) / seconds


def _keep_busy(places: Places) -> None:
    """Bring what is under way to its number."""
    for _ in range(CLOSED_LOOP - _count(_LIVE)):
        wiring.intake().accept(_trigger((places.next(),), Priority.NORMAL))
    time.sleep(_LOOK_SECONDS)


def _count(statement: TextClause, **values: float) -> int:
    """Return a count."""
    with engine().connect() as conn:
        return int(conn.execute(statement, values).scalar_one())


def flood(places: Places, *, rate: float, seconds: float, senders: int) -> Answers:
    """Send triggers at a rate and return the answers."""
    answers, due = Answers(), queue.SimpleQueue["Due | None"]()
    threads = [threading.Thread(target=_send, args=(places, due, answers)) for _ in range(senders)]
    for sender in threads:
        sender.start()
    begin = time.monotonic()
    for one in timetable(begin, rate=rate, seconds=seconds):
        time.sleep(max(0.0, one.moment - time.monotonic()))
        due.put(one)
    for _ in threads:
        due.put(None)
    for sender in threads:
        sender.join()
    return answers


def watch_some(folder: Path) -> None:
    """Let lock files be looked at every few seconds."""
    with engine().begin() as conn:
        for number in range(SCHEDULES):
            location = str(folder / f"watched-{number}.txt")
            Path(location).write_text("flask==3.0.0\n", encoding="utf-8")
            target = Target(kind=TargetKind.SBOM, location=location, max_age_seconds=EVERY_SECONDS)
            watch(conn, Watchlist(name=f"w{number}", targets=(target,), path=folder / f"{number}.yaml"), jitter=0.1)


class Due(NamedTuple):
    """A trigger to be sent: when, how urgent it is, and at how many lock files it looks."""

    moment: float
    priority: Priority
    width: int


def timetable(begin: float, *, rate: float, seconds: float) -> Iterator[Due]:
    """Yield what is to be sent from a moment on, in order."""
    total = round(rate * seconds)
    for number in range(total):
        yield Due(begin + number / rate, MIX[number % len(MIX)], WIDTHS[number * len(WIDTHS) // total])


def _send(places: Places, due: "queue.SimpleQueue[Due | None]", answers: Answers) -> None:
    """Send what falls due until there is no more."""
    intake = wiring.intake()
    while (item := due.get()) is not None:
        targets, refusal = tuple(places.next() for _ in range(item.width)), None
        try:
            intake.accept(_trigger(targets, item.priority))
        except AdmissionError as error:
            refusal = error
        answers.note(item.priority, time.monotonic() - item.moment, refusal=refusal)


def _trigger(targets: tuple[Target, ...], priority: Priority) -> Trigger:
    """Return one look at lock files."""
    return Trigger(kind=TriggerKind.MONITOR, targets=targets, priority=priority, source="benchmark")


def main() -> None:
    """Do what the wishes say."""
    configure_logging(get_settings())
    wishes = json.loads(sys.argv[1])
    folder = Path(wishes["folder"])
    places = Places(folder)
    done = capacity(places, seconds=wishes["warm"])
    watch_some(folder)
    print(json.dumps({"capacity": done}), flush=True)
    rate = max(1.0, done * wishes["times"])
    with strangers(places, rate=rate * STRANGERS_SHARE, seconds=wishes["seconds"]) as knocked:
        own = {"rate": rate * (1 - STRANGERS_SHARE), "seconds": wishes["seconds"], "senders": wishes["senders"]}
        answers = flood(places, **own)
    told = {
        "sent": len(answers.seconds),
        "accepted": answers.accepted,
        "refused": answers.refused,
        "turned_away_by": answers.turned_away_by,
        "answer_ms": {
            "p50": round(1_000 * median(answers.seconds), 1),
            "p95": round(1_000 * quantile(answers.seconds, 0.95), 1),
            "max": round(1_000 * max(answers.seconds), 1),
        },
        "come_back_seconds_p50": round(median(answers.come_back or [0.0]), 1),
        "strangers": knocked.as_json(),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
