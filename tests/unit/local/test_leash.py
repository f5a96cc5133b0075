"""The script between our fork and a program's start."""

import os
import signal
from collections.abc import Callable

import pytest

from orchestrator.local import leash

KEEP = str(leash.KEEP_USER)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the steps in their order; none of them is done to this process."""
    seen: list[str] = []

    def note(name: str) -> Callable[..., None]:
        return lambda *_arguments: seen.append(name)

    for name in ("setgroups", "setgid", "setuid", "execv"):
        monkeypatch.setattr(os, name, note(name))
    monkeypatch.setattr(leash, "end_with_parent", note("end_with_parent"))
    monkeypatch.setattr(leash, "clear_signals", note("clear_signals"))
    return seen


def test_the_user_is_changed_before_the_kernel_is_told(calls: list[str]) -> None:
    # Given a program to run as another user
    # When the leash runs it
    leash.main(["2", str(os.getppid()), "12", "34", "/bin/true"])
    # Then groups go first, and the death signal comes after the user, who would have cleared it
    assert calls == ["setgroups", "setgid", "setuid", "end_with_parent", "clear_signals", "execv"]


def test_our_own_user_is_kept(calls: list[str]) -> None:
    # Given a program to run as ourselves
    # When the leash runs it
    leash.main(["2", str(os.getppid()), KEEP, KEEP, "/bin/true"])
    # Then no user is changed
    assert calls == ["end_with_parent", "clear_signals", "execv"]


def test_a_program_whose_parent_died_already_is_not_started(calls: list[str]) -> None:
    # Given a parent that is not ours any more
    # When the leash runs a program for it
    code = leash.main(["2", "1999999999", KEEP, KEEP, "/bin/true"])
    # Then it is not run
    assert code == leash.REFUSED
    assert "execv" not in calls


def test_a_user_that_cannot_be_had_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a system that does not let us change the user
    def refuse(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "setgroups", refuse)
    # When the leash runs a program as another user
    code = leash.main(["2", str(os.getppid()), "12", "34", "/bin/true"])
    # Then it says so, and what to do
    assert code == leash.REFUSED
    assert "start as an ordinary user" in capsys.readouterr().err


def test_a_program_that_is_not_there_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a program that does not exist
    monkeypatch.setattr(leash, "end_with_parent", lambda _signal: None)
    monkeypatch.setattr(leash, "clear_signals", lambda: None)
    # When the leash runs it
    code = leash.main(["2", str(os.getppid()), KEEP, KEEP, "/no/such/program"])
    # Then it is named
    assert code == leash.NOT_RUN
    assert "/no/such/program: No such file" in capsys.readouterr().err


def test_the_kernel_takes_a_signal_and_refuses_nonsense() -> None:
    # Given the kernel
    # When it is asked for no signal at all, and for one that does not exist
    leash.end_with_parent(0)
    # Then the first is accepted, the second is an error
    with pytest.raises(OSError, match="prctl"):
        leash.end_with_parent(9_999)


def test_a_program_inherits_no_changed_signals() -> None:
    # Given signals as Python has them, and one that is held back
    before = [(number, signal.getsignal(number)) for number in (signal.SIGPIPE, signal.SIGINT)]
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        # When they are cleared
        leash.clear_signals()
        # Then they are as the system gives them
        assert signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()
    finally:
        for number, handler in before:
            signal.signal(number, handler)
