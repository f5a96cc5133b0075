"""What `lookout up` says and refuses before anything runs."""

import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.commands import Lookout

from orchestrator.cli.exits import Exit
from orchestrator.cli.standing import Changes, exit_code, greet, require_free
from orchestrator.errors import ServiceError
from orchestrator.local.home import Home
from orchestrator.local.keeper import Row, State
from orchestrator.local.opening import Opened
from orchestrator.local.signals import SignalFlag
from orchestrator.settings import load_settings

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def servers(tmp_path: Path) -> Opened:
    return Opened(home=Home(tmp_path / "home"), owned=True, external=False)


def test_a_port_that_is_taken_is_refused_before_anything_starts() -> None:
    # Given
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        # When / Then
        with pytest.raises(ServiceError, match=f"flower_port is {port}.*LOOKOUT_FLOWER_PORT"):
            require_free(port)
    require_free(port)


def test_a_watchlist_that_is_wrong_is_refused_before_anything_starts(lookout: Lookout, tmp_path: Path) -> None:
    # Given / When
    answer = lookout("up", "--watchlist", "gone.yaml")
    # Then
    assert answer.code == 2
    assert "there is no such file" in answer.err
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.OK), (signal.SIGHUP, Exit.OK)]
)
def test_a_persons_ctrl_c_is_an_interruption_and_a_service_managers_stop_is_not(
    number: signal.Signals, expected: Exit
) -> None:
    # Given
    flag = SignalFlag()
    flag.set(number)
    # When / Then
    assert exit_code(flag) is expected
    flag.close()


def test_it_says_what_is_where(servers: Opened, capsys: pytest.CaptureFixture[str]) -> None:
    # Given
    settings = load_settings()
    # When
    greet(settings, servers, port=None)
    # Then
    written = capsys.readouterr()
    assert "database   embedded Postgres\n" in written.out
    assert "data_manager.urgent" in written.out
    assert "flower" not in written.out + written.err


def test_it_says_that_servers_are_elsewhere_and_flower_is_open(
    servers: Opened, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given
    settings = load_settings(database_url="postgres://a:word@db/x", broker_url="redis://:word@b/0")
    # When
    greet(settings, servers, port=5_555)
    # Then
    written = capsys.readouterr()
    assert "elsewhere (DATABASE_URL)" in written.out
    assert "elsewhere (CELERY_BROKER_URL)" in written.out
    assert "http://127.0.0.1:5555" in written.out
    assert "LOOKOUT_FLOWER_BASIC_AUTH" in written.err
    assert "word" not in written.out + written.err.replace("PASSWORD", "")


def test_a_closed_flower_needs_no_warning(servers: Opened, capsys: pytest.CaptureFixture[str]) -> None:
    # Given / When
    greet(load_settings(flower_basic_auth="u:p"), servers, port=5_555)
    # Then
    assert capsys.readouterr().err == ""


def test_only_changes_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    # Given
    changes = Changes()
    up = Row("beat", State.RUNNING, NOW, pid=7)
    down = Row("beat", State.WAITING, NOW, trouble="ended with\x1b[1m code 1")
    # When
    for row in (up, up, down, up):
        changes.tell((row,))
    # Then
    assert capsys.readouterr().err.splitlines() == [
        "beat running as pid 7",
        "beat waiting: ended with code 1",
        "beat running as pid 7",
    ]
