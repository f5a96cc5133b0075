"""A stack of real processes: kept alive, stopped in time, never left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.errors import ServiceError
from orchestrator.local.backoff import RestartPolicy
from orchestrator.local.keeper import Keeper, Row, State
from orchestrator.local.process import ProcessSpec, StackProcess
from orchestrator.local.supervisor import Supervisor

REPOSITORY = Path(__file__).parents[3]
Until = Callable[[Callable[[], object]], None]
Alive = Callable[[int], bool]

WAITS = "trap 'echo bye $NAME >> $OUT; exit' TERM; echo up $NAME >> $OUT; while :; do sleep 0.01; done"
DEAF = "trap '' TERM; echo up $NAME >> $OUT; while :; do sleep 0.01; done"

STACK = """
import signal, sys
from pathlib import Path
from orchestrator.local.process import ProcessSpec
from orchestrator.local.signals import stop_on
from orchestrator.local.supervisor import Supervisor
folder = Path(sys.argv[1])
script = "trap 'exit' TERM; echo $$ >> " + str(folder / "pids") + "; while :; do sleep 0.01; done"
specs = [ProcessSpec(name, ("/bin/sh", "-c", script), folder / name) for name in ("one", "two")]
with Supervisor(specs) as stack, stop_on() as stop:
    print("up", flush=True)
    stack.run(stop)
print("stopped", flush=True)
"""


class Looks:
    """A stop signal that comes after so many looks."""

    def __init__(self, left: int) -> None:
        self.left = left

    def is_set(self) -> bool:
        return self.left <= 0

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.left -= 1
        return self.is_set()


class Stage:
    """Makes specs that write what they do into one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.out.touch()

    def spec(self, name: str, script: str = WAITS, *, stop_seconds: float = 30.0) -> ProcessSpec:
        return ProcessSpec(
            name,
            ("/bin/sh", "-c", script),
            self.folder / f"{name}.log",
            env={"NAME": name, "OUT": str(self.out), "PATH": os.defpath},
            stop_seconds=stop_seconds,
        )

    def lines(self) -> list[str]:
        return self.out.read_text().splitlines()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_everything_is_started_and_stopped(stage: Stage, until: Until) -> None:
    # Given a stack of two
    with Supervisor([stage.spec("one"), stage.spec("two")]) as stack:
        until(lambda: len(stage.lines()) == 2)
        # When it runs
        rows = stack.look()
        # Then each has a row
        assert [(row.name, row.state, row.restarts) for row in rows] == [
            ("one", State.RUNNING, 0),
            ("two", State.RUNNING, 0),
        ]
        assert all(row.pid for row in rows)
    # And afterwards each was asked to end, and has
    assert sorted(stage.lines()[2:]) == ["bye one", "bye two"]
    assert [row.state for row in stack.status()] == [State.STOPPED, State.STOPPED]


def test_a_killed_process_is_started_again_and_the_others_are_not(stage: Stage, until: Until) -> None:
    # Given a running stack
    with Supervisor([stage.spec("one"), stage.spec("two")]) as stack:
        before = stack.look()
        assert before[0].pid is not None
        # When one is killed
        os.kill(before[0].pid, signal.SIGKILL)
        until(lambda: stack.look()[0].restarts == 1)
        # Then it runs under another number, and the other as before
        after = stack.look()
        assert after[0].state is State.RUNNING
        assert after[0].pid != before[0].pid
        assert after[1] == before[1]


def test_what_ends_at_once_is_not_started_in_a_mad_loop(stage: Stage, until: Until) -> None:
    # Given a process that cannot live, and a long pause
    spec = stage.spec("short", "exit 9")
    with Supervisor([spec], policy=RestartPolicy(3600, 3600)) as stack:
        # When it has died twice
        until(lambda: stack.look()[0].state is State.WAITING)
        # Then it waits, and says why
        assert stack.look()[0].trouble == "ended with code 9"
        assert stack.look()[0].restarts == 1


def test_a_deaf_process_is_killed_when_its_time_is_up(stage: Stage, until: Until, alive: Alive) -> None:
    # Given a process that hears nothing
    stack = Supervisor([stage.spec("deaf", DEAF, stop_seconds=0)])
    stack.start()
    until(stage.lines)
    (row,) = stack.look()
    assert row.pid is not None
    # When the stack is stopped
    stack.stop()
    # Then it is gone
    assert not alive(row.pid)


def test_an_interrupted_stop_kills_the_rest(
    stage: Stage, until: Until, alive: Alive, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a deaf process with a lot of time, and a person who presses Ctrl-C while it is waited for
    stack = Supervisor([stage.spec("deaf", DEAF, stop_seconds=3600)])
    stack.start()
    until(stage.lines)
    (row,) = stack.look()
    assert row.pid is not None

    def interrupted(_process: StackProcess) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(StackProcess, "stop", interrupted)
    # When it is stopped
    with pytest.raises(KeyboardInterrupt):
        stack.stop()
    # Then it is gone all the same
    assert not alive(row.pid)


def test_a_stack_of_which_one_cannot_start_does_not_run_at_all(stage: Stage, tmp_path: Path, until: Until) -> None:
    # Given a second process whose log cannot be written
    bad = ProcessSpec("bad", ("/bin/true",), tmp_path / "none" / "log")
    stack = Supervisor([stage.spec("one"), bad])
    # When the stack is started
    # Then that is said, and the first one is stopped
    with pytest.raises(ServiceError, match="none/log"):
        stack.start()
    assert [row.state for row in stack.status()] == [State.STOPPED, State.STOPPED]


def test_run_tells_the_first_rows_and_every_change(stage: Stage) -> None:
    # Given a running stack, and somebody who watches
    seen: list[tuple[Row, ...]] = []
    with Supervisor([stage.spec("one")]) as stack:
        # When nothing changes in five looks
        stack.run(Looks(5), on_change=seen.append)
        # Then the watcher hears once
        assert len(seen) == 1
        # And nobody need watch
        stack.run(Looks(1))


def test_services_are_looked_after_and_neither_started_nor_stopped(stage: Stage, until: Until) -> None:
    # Given a service that runs already
    service = StackProcess(stage.spec("service"))
    keeper = Keeper(service)
    keeper.start()
    with Supervisor([stage.spec("one")], services=[keeper]) as stack:
        pid = service.pid
        assert pid is not None
        # When it is killed
        os.kill(pid, signal.SIGKILL)
        until(lambda: stack.look()[0].restarts == 1)
    # Then it was started again, and still runs after the stack
    assert service.pid != pid
    assert service.exit_code() is None
    service.stop()


def test_a_process_before_its_start_has_nothing_to_stop(stage: Stage) -> None:
    # Given a process that was never started
    process = StackProcess(stage.spec("one"))
    # When it is asked, stopped and killed
    process.ask()
    process.stop()
    process.kill()
    # Then there is none
    assert process.pid is None
    assert process.exit_code() is None


def test_a_spec_never_shows_its_environment(stage: Stage) -> None:
    # Given a spec whose environment has an address
    # When it is shown
    # Then the address is not
    assert str(stage.out) not in repr(stage.spec("one"))


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_whole_stack_in_order(
    tmp_path: Path, until: Until, alive: Alive, sign: signal.Signals
) -> None:
    # Given a supervisor in another process
    with supervisor(tmp_path) as process:
        pids = processes_of(tmp_path, until)
        # When it gets a signal
        process.send_signal(sign)
        assert process.stdout is not None
        # Then it stops everything and ends well
        assert process.stdout.read() == "up\nstopped\n"
        assert process.wait() == 0
    assert not any(alive(pid) for pid in pids)


def test_a_killed_supervisor_leaves_no_orphan(tmp_path: Path, until: Until, alive: Alive) -> None:
    # Given a supervisor in another process
    with supervisor(tmp_path) as process:
        pids = processes_of(tmp_path, until)
        # When it is killed
        process.kill()
    # Then its processes end as well
    until(lambda: not any(alive(pid) for pid in pids))


def supervisor(folder: Path) -> "subprocess.Popen[str]":
    """Start a supervisor of two processes in another process."""
    path = os.pathsep.join((str(REPOSITORY), *filter(None, sys.path)))
    words = [sys.executable, "-c", STACK, str(folder)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": path})


def processes_of(folder: Path, until: Until) -> list[int]:
    """Wait until both processes have written their number."""
    numbers = folder / "pids"
    until(lambda: numbers.exists() and len(numbers.read_text().splitlines()) == 2)
    return [int(line) for line in numbers.read_text().splitlines()]
