"""How a computing process ends whose worker no longer reads what it did."""

import billiard.pool
import pytest
from billiard import get_context
from billiard.pool import Worker

from tasks.lifecycle import leave_soon


@pytest.mark.parametrize(("read", "looks"), [(0, 20), (1, 0)], ids=["nobody reads", "all is read"])
def test_a_child_waits_two_seconds_for_a_worker_that_reads_no_further(
    read: int, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a child that has done one step, whose result its worker has read or not
    slept: list[float] = []
    monkeypatch.setattr("billiard.pool.time.sleep", slept.append)
    monkeypatch.setattr(billiard.pool, "GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT", 300)
    context = get_context()
    child = Worker(context.SimpleQueue(), context.SimpleQueue(), on_ready_counter=context.Value("i", read))
    # When it ends as ours do
    leave_soon()
    assert child._ensure_messages_consumed(completed=1) is bool(read)  # noqa: SLF001  what its loop ends with
    # Then it has waited for a while, and no longer
    assert len(slept) == looks
    assert sum(slept) <= 2.01
