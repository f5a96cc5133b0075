"""One pass as a user would make it: ``lookout run`` in a process of its own, timed and weighed from outside."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import click

from benchmarks.footprint import Peak, watched
from orchestrator.cli.exits import Exit
from orchestrator.local.home import Home
from orchestrator.local.temporary import temporary_home
from orchestrator.settings.children import child_environment

_SERVERS_OF_OUR_OWN = dict.fromkeys(
    ("DATABASE_URL", "CELERY_BROKER_URL", "REDIS_URL", "LOOKOUT_DATABASE_URL", "LOOKOUT_BROKER_URL"), ""
)
_NONE: Mapping[str, str] = MappingProxyType({})


class PassError(click.ClickException):
    """The command did not do what was asked; the message holds its last words."""


@dataclass(frozen=True)
class Pass:
    """One pass. ``seconds`` from start to end of the command; ``to_report`` until its report's files were there.

    ``processor_seconds`` are those of the command and of everything below it: servers, workers and git.
    """

    seconds: float
    to_report: float
    processor_seconds: float
    outcome: dict[str, Any]
    report: dict[str, Any]
    report_bytes: int
    """Of the HTML report."""
    peak: Peak

    @property
    def run_seconds(self) -> float:
        """From the trigger to the run's end, by the ledger."""
        begin, end = (datetime.fromisoformat(self.outcome[name]) for name in ("created_at", "finished_at"))
        return (end - begin).total_seconds()

    def as_json(self) -> dict[str, Any]:
        """Return the figures as a JSON value."""
        steps = len(self.outcome["steps"])
        return {
            "seconds": round(self.seconds, 2),
            "seconds_to_report": round(self.to_report, 2),
            "run_seconds": round(self.run_seconds, 2),
            "steps": steps,
            "steps_per_second": round(steps / self.run_seconds, 2),
            "peak_uss_mb": round(self.peak.uss),
            "peak_pss_mb": round(self.peak.pss),
            "largest_rss_mb": round(self.peak.rss),
            "largest_process": self.peak.largest,
            "processor_seconds": round(self.processor_seconds, 1),
            "processor_seconds_by_process": self.peak.seconds,
            "report_bytes": self.report_bytes,
            "findings": sum(self.outcome["findings"].values()),
            "state": self.outcome["state"],
        }


@contextmanager
def private_home() -> Iterator[Home]:
    """Yield a home of our own, with a settings file that says nothing: nobody's settings are measured."""
    with temporary_home() as home:
        (home.path / "lookout.toml").touch()
        yield home


def environment(home: Home, settings: Mapping[str, str] = _NONE) -> dict[str, str]:
    """Return the environment of a command that works in a home; ``settings`` by their names in the environment."""
    config = str(home.path / "lookout.toml")
    ours = {**_SERVERS_OF_OUR_OWN, **settings, "LOOKOUT_HOME": str(home.path), "LOOKOUT_CONFIG": config}
    return {**child_environment(**ours)}


def make_pass(home: Home, watchlist: Path, *, settings: Mapping[str, str] = _NONE) -> Pass:
    """Run ``lookout run`` in a home and return what it did. Raises ``PassError`` where it made no report."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as said:
        begin, clock, before = time.time(), time.perf_counter(), _used()
        words = ["run", str(watchlist), "--wait", "--json", "--output", folder]
        peak = _run(home, words, settings=settings, said=said)
        seconds, used = time.perf_counter() - clock, _used() - before
        said.seek(0)
        page = Path(folder) / "report.html"
        return Pass(
            seconds=seconds,
            to_report=page.stat().st_mtime - begin,
            processor_seconds=used,
            outcome=json.load(said),
            report=json.loads((Path(folder) / "report.json").read_text(encoding="utf-8")),
            report_bytes=page.stat().st_size,
            peak=peak,
        )


def _run(home: Home, words: list[str], *, settings: Mapping[str, str], said: IO[str]) -> Peak:
    """Run a command of Lookout to its end and return its memory; a run that ended as partial made a report too."""
    program = [sys.executable, "-m", "orchestrator.cli", *words]
    with (home.path / "pass.log").open("w+") as errors:
        with (
            subprocess.Popen(program, env=environment(home, settings), stdout=said, stderr=errors) as process,
            watched(process.pid) as peak,
        ):
            code = process.wait()
        errors.seek(0)
        if code not in (Exit.OK, Exit.PARTIAL):
            raise PassError(f"lookout {words[0]} ended with code {code}: {errors.read()[-2_000:]}")
    return peak


def _used() -> float:
    """Return the processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
