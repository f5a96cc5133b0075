"""Signals as a value, and moments without them."""

import os
import signal

import pytest

from orchestrator.local.signals import SignalFlag, stop_on, undisturbed


def test_a_signal_sets_the_flag_and_ends_the_wait() -> None:
    # Given a flag that listens
    with stop_on([signal.SIGUSR1]) as flag:
        assert not flag.is_set()
        assert not flag.wait(0)
        # When the signal comes, twice
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR1)
        # Then nobody waits any longer, and it is known which one came
        assert flag.wait()
        assert flag.is_set()
        assert flag.received is signal.SIGUSR1


def test_afterwards_signals_do_what_they_did() -> None:
    # Given what signals do
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    # When a flag listened
    with stop_on():
        pass
    # Then they do it again
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    # Given a process under nohup
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        # When a flag listens and the terminal goes away
        with stop_on([signal.SIGHUP]) as flag:
            os.kill(os.getpid(), signal.SIGHUP)
            # Then it goes on
            assert not flag.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_flag_can_be_set_by_hand() -> None:
    # Given a flag
    flag = SignalFlag()
    # When it is set
    flag.set(signal.SIGTERM)
    # Then it is
    assert flag.wait(0)
    flag.close()


def test_a_signal_in_an_undisturbed_moment_comes_after_it() -> None:
    # Given work that must not be cut in two
    done = []

    def work() -> None:
        with undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("all of it")

    # When Ctrl-C is pressed in the middle
    with pytest.raises(KeyboardInterrupt):
        work()
    # Then the work was done first
    assert done == ["all of it"]
