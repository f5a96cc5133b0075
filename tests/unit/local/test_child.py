"""Real children: their start, their end, and what they leave."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.errors import ServiceError
from orchestrator.local.account import Account
from orchestrator.local.child import Child, Command, leashed, run_to_end

REPOSITORY = Path(__file__).parents[3]
Shell = Callable[..., Child]
Until = Callable[[Callable[[], object]], None]
Alive = Callable[[int], bool]

PARENT = """
import signal, sys
from pathlib import Path
from orchestrator.local.child import Child, Command
script = "trap 'echo ended >> {log}; exit' TERM; echo up; while :; do sleep 0.01; done".format(log=sys.argv[1])
print(Child(Command(("/bin/sh", "-c", script), Path(sys.argv[1]), signal.SIGTERM)).pid, flush=True)
signal.pause()
"""


def test_a_child_leads_its_own_session_and_writes_to_its_log(shell: Shell, tmp_path: Path) -> None:
    # Given a child that says something
    child = shell("echo said; echo wrong >&2; read nothing; exit 3")
    # When it ends by itself
    code = child.finish(30)
    # Then its code and its words are known, and its input was empty
    assert code == 3
    assert child.exit_code() == 3
    assert child.last_words() == "said\nwrong"
    assert (tmp_path / "child.log").read_text() == "said\nwrong\n"


def test_a_child_is_out_of_reach_of_the_terminal(shell: Shell) -> None:
    # Given a running child
    child = shell("sleep 60")
    # When its session and group are looked at
    # Then they are its own: Ctrl-C reaches us alone
    assert os.getsid(child.pid) == child.pid
    assert os.getpgid(child.pid) == child.pid
    assert child.exit_code() is None


def test_a_child_gets_only_what_it_is_given(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a variable of ours that would change what a server does, and one without which no program may be found
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/lib")
    # When a child starts
    child = shell('echo "${PGPORT:-none} $LD_LIBRARY_PATH $LC_ALL $(pwd) $(umask)"')
    child.finish(30)
    # Then it has seen the second alone
    assert child.last_words() == "none /lib C.UTF-8 / 0077"


def test_a_child_is_asked_first(shell: Shell, until: Until) -> None:
    # Given a child that ends in order when asked
    child = shell("trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done")
    until(lambda: child.last_words() == "up")
    # When it is stopped
    code = child.stop(signal.SIGTERM, seconds=30)
    # Then it did
    assert code == 7


def test_a_stubborn_child_is_killed_with_its_group(shell: Shell, until: Until, alive: Alive) -> None:
    # Given a child that hears no signal, and has a child of its own
    child = shell("trap '' TERM; sleep 60 & echo $!; while :; do sleep 0.01; done")
    until(child.last_words)
    grandchild = int(child.last_words())
    # When it is stopped with no time to spare
    code = child.stop(signal.SIGTERM, seconds=0)
    # Then both are gone
    assert code == -signal.SIGKILL
    until(lambda: not alive(grandchild))


def test_what_a_killed_child_left_behind_ends_too(shell: Shell, until: Until, alive: Alive) -> None:
    # Given a child with a child of its own
    child = shell("sleep 60 & echo $!; wait")
    until(child.last_words)
    grandchild = int(child.last_words())
    # When the child alone is killed
    os.kill(child.pid, signal.SIGKILL)
    until(lambda: child.exit_code() is not None)
    # Then its child ends as well
    until(lambda: not alive(grandchild))
    assert child.exit_code() == -signal.SIGKILL


def test_asking_and_killing_a_dead_child_does_nothing(shell: Shell) -> None:
    # Given a child that has ended
    child = shell("exit 0")
    child.finish(30)
    # When it is asked, killed and stopped
    child.ask(signal.SIGTERM)
    child.kill()
    # Then nothing happens
    assert child.stop(signal.SIGTERM, seconds=1) == 0


def test_a_child_that_is_asked_twice_hears_it_once(shell: Shell, until: Until) -> None:
    # Given a child that counts how often it is asked to end, and ends at another signal
    child = shell("trap 'echo asked' TERM; trap 'exit 4' WINCH; echo up; while :; do sleep 0.01; done")
    until(lambda: child.last_words() == "up")
    # When it is asked, has heard it, and is asked again before it is told to end
    child.ask(signal.SIGTERM)
    until(lambda: "asked" in child.last_words())
    child.ask(signal.SIGTERM)
    child.stop(signal.SIGWINCH, seconds=30)
    # Then it was asked once
    assert child.last_words() == "up\nasked"
    assert child.exit_code() == 4


def test_a_child_that_somebody_else_reaped_counts_as_ended(shell: Shell) -> None:
    # Given a child whose end somebody else waited for
    child = shell("exit 5")
    os.waitpid(child.pid, 0)
    # When it is looked at
    # Then it has ended, with a code that nobody can know any more
    assert child.exit_code() == 0


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path, until: Until, alive: Alive) -> None:
    # Given a parent with a child
    log = tmp_path / "log"
    words = [sys.executable, "-c", PARENT, str(log)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": path()}) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        until(lambda: log.read_text() == "up\n")
        # When the parent is killed
        parent.kill()
    # Then the child gets its death signal and ends in order
    until(lambda: not alive(child))
    assert log.read_text() == "up\nended\n"


def path() -> str:
    """Where a child Python finds our packages."""
    return os.pathsep.join((str(REPOSITORY), *filter(None, sys.path)))


def test_children_start_in_the_main_thread_alone(tmp_path: Path) -> None:
    # Given another thread
    caught: list[str] = []

    def start() -> None:
        try:
            Child(Command(("/bin/true",), tmp_path / "log", signal.SIGTERM))
        except ServiceError as error:
            caught.append(str(error))

    # When it starts a child
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    # Then it is refused: the child would end with the thread
    assert len(caught) == 1
    assert "main thread" in caught[0]


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    # Given a log in a folder that does not exist
    log = tmp_path / "none" / "log"
    # When a child starts
    # Then the path is named
    with pytest.raises(ServiceError, match="none/log: No such file"):
        Child(Command(("/bin/true",), log, signal.SIGTERM))


def test_an_account_is_told_to_the_leash(tmp_path: Path) -> None:
    # Given a command for another account
    command = Command(("/bin/true",), tmp_path / "log", signal.SIGINT, account=Account("other", 12, 34))
    # When its argument list is made
    words = leashed(command, parent=56)
    # Then it says whose child it is, and who to become
    assert words[-5:] == ("2", "56", "12", "34", "/bin/true")


def test_a_command_never_shows_its_environment(tmp_path: Path) -> None:
    # Given a command whose environment has a password
    command = Command(("/bin/true",), tmp_path / "log", signal.SIGTERM, env={"URL": "s3cret"})
    # When it is shown
    # Then the password is not
    assert "s3cret" not in repr(command)


def test_a_program_that_fails_is_quoted(tmp_path: Path) -> None:
    # Given programs that end by themselves
    log = tmp_path / "log"
    run_to_end(Command(("/bin/true",), log, signal.SIGTERM), seconds=30, path=tmp_path)
    # When one fails
    # Then its words are in the error
    with pytest.raises(ServiceError, match=r"sh ended with code 4 .*\nno luck\n.*LOOKOUT_HOME"):
        run_to_end(Command(("/bin/sh", "-c", "echo no luck; exit 4"), log, signal.SIGTERM), seconds=30, path=tmp_path)
