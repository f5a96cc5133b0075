"""Signals: an end at once where nothing has to be undone, an exception where something has."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.cli.interrupting import undoing
from orchestrator.cli.main import _hear, _leave, _silence, _write_whatever_it_is

MODULE = (sys.executable, "-m", "orchestrator.cli")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_interrupts_where_something_has_to_be_undone(number: signal.Signals) -> None:
    # Given a process that hears the signal, whatever its runner made deaf
    heard = signal.signal(number, signal.default_int_handler)
    # When / Then
    with pytest.raises(KeyboardInterrupt), undoing():
        signal.raise_signal(number)
    assert signal.signal(number, heard) is signal.default_int_handler


def test_an_ignored_signal_stays_ignored() -> None:
    # Given a process that was told not to hear a hang-up, as nohup does
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # When one comes where something has to be undone
    with undoing():
        signal.raise_signal(signal.SIGHUP)
        inside = signal.getsignal(signal.SIGHUP)
    # Then it is ignored there, and afterwards
    after = signal.signal(signal.SIGHUP, before)
    assert (inside, after) == (signal.SIG_IGN, signal.SIG_IGN)


def test_elsewhere_a_signal_ends_the_process_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # When
    _hear()
    signal.raise_signal(signal.SIGTERM)
    # Then
    assert ended == [130]
    assert signal.getsignal(signal.SIGINT) is _leave
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    signal.signal(signal.SIGHUP, ignored)
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_stream_of_a_small_alphabet_escapes_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    path = tmp_path / "out"
    with path.open("w", encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        # When
        _write_whatever_it_is()
        stream.write("✓")
    # Then
    assert path.read_text() == "\\u2713"


def test_a_stream_that_nobody_reads_is_turned_to_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    with (tmp_path / "out").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        # When
        _silence()
        stream.write("lost")
    # Then
    assert (tmp_path / "out").read_text() == ""


def test_a_reader_that_leaves_early_ends_the_command_quietly() -> None:
    # Given
    reader, writer = os.pipe()
    os.close(reader)
    # When
    with os.fdopen(writer, "w") as pipe:
        ended = subprocess.run([*MODULE, "settings"], stdout=pipe, stderr=subprocess.PIPE, text=True, check=False)
    # Then
    assert ended.returncode == 1
    assert ended.stderr == ""


def test_the_module_is_the_command() -> None:
    # Given / When
    ended = subprocess.run([*MODULE, "nope"], capture_output=True, text=True, check=False)
    # Then
    assert ended.returncode == 2
    assert "there is no command 'nope'" in ended.stderr


def test_help_imports_none_of_the_heavy_libraries() -> None:
    # Given
    script = (
        "import sys\nfrom orchestrator.cli.running import run\nassert run(['--help']) == 0\n"
        "heavy = {'celery', 'sqlalchemy', 'pydantic', 'rich', 'redis', 'kombu', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    # When
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    # Then
    assert ended.returncode == 0, ended.stderr
