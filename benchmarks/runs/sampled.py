"""``python -m benchmarks.runs.sampled FILE ...``: a Celery command whose processor time is sampled once it is ready.

The kernel's profiling timer counts processor time alone: waiting costs nothing. Its signal is answered by the main
thread, so the worker's pool is to be ``solo``. What was seen is written to FILE when the process ends.
"""

import atexit
import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from celery import signals
from celery.bin.celery import main as celery_main

from benchmarks.runs.areas import area_of

EVERY_SECONDS = 0.002


class Samples:
    """What the main thread was at, each time that so much processor time had passed."""

    def __init__(self) -> None:
        self.areas: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()

    def take(self, _number: int, frame: FrameType | None) -> None:
        """Note where the thread is."""
        if frame is not None:
            self.areas[area_of(_files(frame))] += 1
            self.functions[f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_name}"] += 1

    def write(self, path: Path) -> None:
        """Write everything down."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        path.write_text(json.dumps({"areas": self.areas, "functions": self.functions}), encoding="utf-8")


def _files(frame: FrameType) -> list[str]:
    """Return the source files of a stack, the innermost first."""
    files = []
    walk: FrameType | None = frame
    while walk is not None:
        files.append(walk.f_code.co_filename)
        walk = walk.f_back
    return files


def main() -> None:
    """Run Celery's own command line."""
    path, samples = Path(sys.argv[1]), Samples()
    signal.signal(signal.SIGPROF, samples.take)
    atexit.register(samples.write, path)

    def start(**_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)

    signals.worker_ready.connect(start, weak=False)
    sys.argv = ["celery", *sys.argv[2:]]
    celery_main()


if __name__ == "__main__":
    main()
