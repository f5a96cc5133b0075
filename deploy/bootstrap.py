"""Makes the virtual environment in which the Makefile's commands run. Needs a Python with venv, and nothing else.

    python3 deploy/bootstrap.py run|develop [--venv FOLDER]

May be run again, interrupted at any moment, and run beside itself. A mark in the environment says what stands in it
and whether it is whole. The mark is taken back before anything is changed, so an interrupted set-up is never taken
for a whole one: it is made afresh. One process at a time changes an environment; the others wait for it.
"""

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "pyproject.toml"
LOCKS = {"run": ("requirements.lock",), "develop": ("requirements.lock", "requirements-dev.lock")}
LINES_SHOWN = 15

# What would send packages to another place than the environment, or take modules from one.
MISLEADING = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER")
QUIET = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off"}


class SetupError(Exception):
    """The environment cannot be made; the message says what to do about it."""


@dataclass(frozen=True)
class Mark:
    """What an environment holds: the hashes of the files it was made from, and whether the work was finished."""

    python: str
    root: str
    whole: bool = False
    made_from: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, venv: Path) -> Self | None:
        """Return an environment's mark, None where there is none, or none that can be read."""
        try:
            return cls(**json.loads((venv / "lookout.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, venv: Path) -> None:
        """Put the mark into the environment, in one step."""
        draft = venv / "lookout.json.new"
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(venv / "lookout.json")


def digest(name: str) -> str:
    """Return the hash of one of the project's files."""
    return sha256((ROOT / name).read_bytes()).hexdigest()


def missing(mark: Mark | None, level: str) -> list[str] | None:
    """Return the files whose packages an environment still lacks; None where it must be made afresh."""
    if mark is None or not mark.whole or mark.root != str(ROOT):
        return None
    changed = [name for name, made in mark.made_from.items() if name != PROJECT and made != digest(name)]
    lacking = [name for name in (*LOCKS[level], PROJECT) if mark.made_from.get(name) != digest(name)]
    return None if changed else lacking


def starts(venv: Path, mark: Mark | None) -> bool:
    """Return whether an environment's Python is there and still the one that it was made with."""
    if mark is None:
        return False
    ask = [str(venv / "bin" / "python"), "-ISc", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip() == mark.python
    except (OSError, subprocess.CalledProcessError):
        return False


def is_ready(venv: Path, level: str) -> bool:
    """Return whether there is nothing to do."""
    mark = Mark.read(venv)
    return missing(mark, level) == [] and starts(venv, mark)


def prepare(venv: Path, level: str) -> None:
    """Make the environment fit for a level: ``run`` what is there, or ``develop`` it too."""
    if is_ready(venv, level):
        return
    with alone(venv) as lock:
        if is_ready(venv, level):
            return
        mark = Mark.read(venv)
        lacking = missing(mark, level)
        if mark is None or lacking is None or not starts(venv, mark):
            mark, lacking = create(venv, lock), [*LOCKS[level], PROJECT]
        replace(mark, whole=False).write(venv)
        install(venv, lacking, lock)
        made_from = mark.made_from | {name: digest(name) for name in lacking}
        replace(mark, whole=True, made_from=made_from).write(venv)
        say("the environment is ready")


@contextmanager
def alone(venv: Path) -> Iterator[int]:
    """Hold the environment's lock; yields its descriptor: the children inherit it, so it lives as long as they."""
    lock = os.open(f"{venv}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up of this folder is at work: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def create(venv: Path, lock: int) -> Mark:
    """Put a new, empty environment into place, and the old one away."""
    if find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"{sys.executable} (Python {version}) cannot make virtual environments, because its ensurepip is missing. "
            f"Install it and run make again; on Debian and Ubuntu: apt install python{version}-venv"
        )
    if venv.exists() and Mark.read(venv) is None and any(venv.iterdir()):
        raise SetupError(
            f"{venv} was not made by this Makefile and stays as it is. Move it away, or choose another folder: "
            f"make VENV=.venv-lookout ..."
        )
    put_away(venv)
    mark = Mark(python=f"{sys.version_info.major}.{sys.version_info.minor}", root=str(ROOT))
    venv.mkdir()
    mark.write(venv)
    say(f"making {venv.name} with Python {sys.version.split()[0]}")
    run([interpreter(), "-m", "venv", str(venv)], venv, lock)
    return mark


def put_away(venv: Path) -> None:
    """Remove an old environment; under another name first, so that half of one is never found in its place."""
    old = Path(f"{venv}.old")
    if old.exists():
        shutil.rmtree(old)
    if venv.exists():
        venv.rename(old)
        shutil.rmtree(old)


def interpreter() -> str:
    """Return the Python to build on: the one below, where this one itself runs in an environment."""
    base = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    return str(base) if base.is_file() else sys.executable


def install(venv: Path, files: Sequence[str], lock: int) -> None:
    """Install the packages of the lock files, each checked against its hash, and then the project itself, editable."""
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--no-deps"]
    locks = [name for name in files if name != PROJECT]
    if locks:
        say(f"installing {len(packages(locks))} packages; the first time takes a minute or two")
        run([*pip, "--require-hashes", *(part for name in locks for part in ("-r", str(ROOT / name)))], venv, lock)
    if PROJECT in files:
        run([*pip, "--no-build-isolation", "--no-index", "--editable", str(ROOT)], venv, lock)


def packages(locks: Sequence[str]) -> set[str]:
    """Return the names of the packages that the lock files hold."""
    lines = (line for name in locks for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return {line.split("==")[0] for line in lines if line[:1].isalnum() and "==" in line}


def run(command: Sequence[str], venv: Path, lock: int) -> None:
    """Run a command with its output in the environment's log; where it fails, the log's end is shown."""
    log = venv / "setup.log"
    environ = {name: value for name, value in os.environ.items() if name not in MISLEADING} | QUIET
    with log.open("ab") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environ,
            pass_fds=(lock,),
            check=False,
        )
    if done.returncode:
        end = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES_SHOWN:]
        said = "\n".join(f"    {line}" for line in end)
        raise SetupError(f"{' '.join(command[1:4])} failed (exit {done.returncode}). The end of {log}:\n{said}")


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(f"set-up: {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make the virtual environment of this clone.")
    parser.add_argument("level", choices=sorted(LOCKS))
    parser.add_argument("--venv", default=".venv", type=Path)
    wanted = parser.parse_args()
    try:
        prepare(ROOT / wanted.venv, wanted.level)
    except KeyboardInterrupt:
        say("interrupted; the next make takes it up again")
        return 130
    except (SetupError, OSError) as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
