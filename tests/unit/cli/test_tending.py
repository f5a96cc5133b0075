"""What is done while a run is waited for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import OperationalError

from orchestrator.cli.tending import Broom, bounded, stack_shape
from orchestrator.domain.runs import RunState
from orchestrator.errors import ServiceError
from orchestrator.ledger.submit import Accepted
from orchestrator.local.home import Home
from orchestrator.local.opening import Opened
from orchestrator.settings import load_settings

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def accepted() -> Accepted:
    return Accepted(run_id=uuid4(), fresh=True, state=RunState.RUNNING, deadline_at=NOON)


def test_it_sweeps_when_it_is_time_to() -> None:
    # Given
    swept: list[float] = []
    moments = iter([0.0, 4.0, 5.0, 5.0, 6.0, 10.0, 10.0])
    broom = Broom(lambda: swept.append(1), every_seconds=5, clock=lambda: next(moments))
    # When
    for _ in range(4):
        broom.use()
    # Then
    assert len(swept) == 2


@pytest.mark.parametrize(
    "error", [OperationalError("S", {}, psycopg.OperationalError("gone")), BrokerError("gone"), ConnectionError("gone")]
)
def test_what_is_down_meanwhile_is_swept_the_next_time(error: Exception) -> None:
    # Given a sweep that meets something that is down
    swept: list[int] = []

    def sweep() -> None:
        swept.append(1)
        raise error

    broom = Broom(sweep, every_seconds=0.001, clock=iter(range(100)).__next__)
    # When it is time to sweep twice
    broom.use()
    broom.use()
    # Then both times it was tried
    assert len(swept) == 2


def test_a_fault_of_the_sweep_itself_is_not_hidden() -> None:
    # Given a sweep with a bug, when it is time to, then it is told
    def sweep() -> None:
        raise ValueError("a bug")

    broom = Broom(sweep, every_seconds=0.001, clock=iter(range(100)).__next__)
    with pytest.raises(ValueError, match="a bug"):
        broom.use()


def test_a_client_waits_until_a_run_is_long_overdue() -> None:
    # Given a client whose run should have ended less than a minute ago, when it waits, then it does not even ask
    asked: list[int] = []
    bounded(accepted(), deadline=lambda: asked.append(1), clock=lambda: NOON + timedelta(seconds=60))()
    assert asked == []
    # When that is longer ago, and no other deadline holds, then it waits no longer
    with pytest.raises(ServiceError, match=r"should have ended by 2026-05-01 12:00:00 UTC.*start `lookout up`"):
        bounded(accepted(), deadline=lambda: NOON, clock=lambda: NOON + timedelta(seconds=61))()


def test_a_fresh_run_is_not_overdue() -> None:
    # Given a run that should end about now, by the machine's clock
    run = Accepted(run_id=uuid4(), fresh=True, state=RunState.RUNNING, deadline_at=datetime.now(UTC))
    asked: list[int] = []
    # When its client waits
    bounded(run, deadline=lambda: asked.append(1))()
    # Then it asks for no other deadline
    assert asked == []


@pytest.mark.parametrize("until", [None, NOON + timedelta(seconds=1)])
def test_a_run_that_is_paused_or_was_given_more_time_is_waited_for(until: datetime | None) -> None:
    # Given a client that waits beyond the deadline that it was told of
    asked: list[int] = []

    def deadline() -> datetime | None:
        asked.append(1)
        return until

    # When the ledger says that another one holds, then it waits on
    bounded(accepted(), deadline=deadline, clock=lambda: NOON + timedelta(seconds=61))()
    assert asked == [1]


def test_a_stack_stands_in_a_folder_of_its_own_and_knows_its_settings(tmp_path: Path) -> None:
    # Given
    config = tmp_path / "lookout.toml"
    config.write_text("waiting_concurrency = 3\n")
    settings = load_settings(
        home=tmp_path / "h", config=config, flower_basic_auth="u:word", heartbeat_file=tmp_path / "alive"
    )
    servers = Opened(home=Home(settings.home), owned=True, external=False)
    # When
    shape = stack_shape(settings, servers, flower_port=5555)
    # Then
    assert shape.waiting == 3
    assert (shape.env["LOOKOUT_HOME"], shape.env["LOOKOUT_CONFIG"]) == (str(settings.home), str(config))
    assert shape.folder == shape.logs == settings.home / "logs"
    assert shape.heartbeat_file == tmp_path / "alive"
    assert "word" not in repr(shape)
