"""A user's program is held to its limits, and learns nothing of ours. Each program here is a real one."""

import os
import select
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from agents.errors import StoppedError
from agents.sources.baseline.child import Command, CommandFailedError

STOP = threading.Event()


def python(
    code: str, *, seconds: float = 20, max_bytes: int = 1_000, about: Mapping[str, str] | None = None
) -> Command:
    return Command(words=(sys.executable, "-c", code), about=about or {}, seconds=seconds, max_bytes=max_bytes)


def test_what_it_prints_comes_back_and_what_it_complains_of_does_not() -> None:
    said = python("import sys; print('complaint', file=sys.stderr); print('said')").read(stop=STOP)
    assert said == b"said\n"


def test_its_words_reach_it_as_they_are_without_any_shell() -> None:
    words = ("$HOME; echo `id` > x", "*", "")
    command = Command(words=(sys.executable, "-c", "import sys; print(sys.argv[1:])", *words), about={}, seconds=20)
    assert command.read(stop=STOP).decode() == f"{list(words)}\n"


def test_it_gets_a_small_environment_and_an_empty_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given secrets in this process's environment
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("LOOKOUT_HOME", "/srv/secret")
    # When a program prints its own, and where it is
    code = "import os; print(sorted(os.environ)); print(os.listdir()); print(os.environ['TARGET_ID'])"
    said = python(code, about={"TARGET_ID": "git:/x"}).read(stop=STOP).decode().splitlines()
    # Then it has what is needed and what it is told
    assert set(eval(said[0], {})) - {"LC_CTYPE"} <= {"PATH", "HOME", "LANG", "TZ", "TARGET_ID"}  # noqa: S307  a list that we had printed
    assert said[1:] == ["[]", "git:/x"]


def test_one_that_takes_too_long_is_killed_with_all_its_children(tmp_path: Path) -> None:
    # Given a program that starts another, tells its number, and waits with it
    note = tmp_path / "child"
    code = (
        "import subprocess, sys, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
        "child.wait()\n"
    )
    # When its time is up
    with pytest.raises(CommandFailedError, match=r"took more than 2 s; make it quicker, or raise .*baseline_seconds"):
        python(code, seconds=2).read(stop=STOP)
    # Then neither is left
    assert _is_gone(int(note.read_text()))


def test_children_that_it_leaves_behind_end_with_it(tmp_path: Path) -> None:
    note = tmp_path / "child"
    quiet = "stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL"
    code = (
        "import subprocess, sys, pathlib\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], {quiet})\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
    )
    assert python(code).read(stop=STOP) == b""
    assert _is_gone(int(note.read_text()))


def test_one_that_prints_too_much_is_stopped_there() -> None:
    with pytest.raises(CommandFailedError, match=r"printed more than 1,000 bytes; print less, as one JSON document"):
        python("while True: print('x' * 500)").read(stop=STOP)


def test_complaints_without_end_hurt_nobody() -> None:
    code = "import sys; sys.stderr.write('y' * 3_000_000); sys.stderr.write('the last'); sys.exit(3)"
    with pytest.raises(CommandFailedError, match=r"ended with code 3 \(y+the last\); make it exit with 0"):
        python(code).read(stop=STOP)


def test_one_that_closes_its_pipes_and_lives_on_has_its_time_too() -> None:
    with pytest.raises(CommandFailedError, match="took more than 1 s"):
        python("import os, time; os.close(1); os.close(2); time.sleep(600)", seconds=1).read(stop=STOP)


def test_it_is_stopped_when_its_step_is() -> None:
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(StoppedError, match="running baseline_command"):
        python("import time; time.sleep(600)").read(stop=stopped)


@pytest.mark.parametrize("word", ["/no/such/program", "no-such-program-anywhere", "/", "a\x00b", "\ud800"])
def test_one_that_cannot_be_started_is_said_to_be(word: str) -> None:
    with pytest.raises(CommandFailedError, match=r"cannot be started \(.+\); give a program that this worker can run"):
        Command(words=(word,), about={}, seconds=5).read(stop=STOP)


def test_the_error_names_field_and_value() -> None:
    error = Command(words=("a", "b\x1b[31m", "c", "d", "e"), about={}, seconds=5).failed("is odd")
    assert str(error) == "baseline_command: 'a b c d' is odd"


def _is_gone(pid: int) -> bool:
    """Whether a process ends within some seconds: a kill is sent at once, and works soon."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 20)[0])
    finally:
        os.close(handle)
