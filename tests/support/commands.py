"""The command line as a test calls it: in this process, or as a process of its own."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import structlog

from orchestrator.cli.running import run
from support.stages import REPOSITORY, wait_for

PROGRAM = (sys.executable, "-m", "orchestrator.cli")
_MADE_UP = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A. Nobody"), ("EMAIL", "nobody@example.org"), ("DATE", "2026-01-02T03:04:05Z"))
}


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str


Lookout = Callable[..., Answer]


@contextmanager
def logs_restored() -> Iterator[None]:
    """Give the process's logs back as they were: a command sets them up anew."""
    root, known = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**known)


def in_process(capsys: pytest.CaptureFixture[str]) -> Lookout:
    """Return what runs a command in this process."""

    def answer(*words: str) -> Answer:
        capsys.readouterr()
        code = run(words)
        written = capsys.readouterr()
        return Answer(code, written.out, written.err)

    return answer


@dataclass
class Started:
    """A command as a process of its own, with all that it started."""

    process: subprocess.Popen[bytes]
    log: Path
    family: dict[int, psutil.Process] = field(default_factory=dict)

    def wait_for(self, words: str, *, seconds: float = 60) -> None:
        """Wait until it has written some words; note whom it started by then."""
        wait_for(lambda: words in self.written() or self.process.poll() is not None, seconds=seconds)
        assert words in self.written(), self.written()
        self.family |= {child.pid: child for child in psutil.Process(self.process.pid).children(recursive=True)}

    def interrupt(self, number: signal.Signals = signal.SIGINT, *, seconds: float = 60) -> int:
        """Send it a signal and wait for its end; return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def written(self) -> str:
        """Return all that it wrote."""
        return self.log.read_text(encoding="utf-8")

    def left_behind(self) -> list[str]:
        """Return those whom it started and who still run."""
        alive = [child for child in self.family.values() if child.is_running()]
        return [str(child) for child in alive if child.status() != psutil.STATUS_ZOMBIE]


def start(*words: str, folder: Path, environment: Mapping[str, str], log: Path) -> Started:
    """Start a command in a folder; both its streams go to one file."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*PROGRAM, *words], cwd=folder, env=surroundings(environment), stdout=output, stderr=subprocess.STDOUT
        )
    return Started(process, log)


def surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment, changed; the code under test is found from any folder."""
    path = os.pathsep.join(part for part in (str(REPOSITORY), os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, "PYTHONPATH": path, **environment}


def git(folder: Path, *words: str) -> None:
    """Run git in a folder, as nobody in particular and with nobody's settings."""
    plain = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **_MADE_UP}
    subprocess.run(["git", *words], cwd=folder, env=plain, check=True, capture_output=True)


def repository(folder: Path, *, commits: int = 3) -> Path:
    """Make a repository with some commits and a tag."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for number in range(commits):
        (folder / "CHANGELOG.md").write_text(f"# 1.{number}\n\n- breaking: [bold]x[/bold]\n")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", f"change {number}")
    if commits:
        git(folder, "tag", "v1.0")
    return folder
