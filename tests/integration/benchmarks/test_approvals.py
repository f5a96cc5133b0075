"""``approvals`` as small as it goes: real servers, real workers, real answers."""

import os

import pytest

from benchmarks.approvals.measure import Wishes, measure
from orchestrator.errors import ServiceError

pytestmark = pytest.mark.services


def test_runs_wait_beside_full_slots_and_go_on_once_they_are_approved() -> None:
    # When
    try:
        found = measure(Wishes(runs=4, processes=1, threads=2, quiet_seconds=0.5), say=print)
    except ServiceError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no embedded services here: {error}")
    # Then all waited, beside steps in every slot, and all went on
    assert (found["still_waiting"], found["slots_filled_beside_them"], found["succeeded"]) == (4, 2, 4)
    assert (found["tried_meanwhile"], found["sent_meanwhile"], found["slots_held_by_waiting_runs"]) == (0, 0, 0)
    assert 0 < found["resume_seconds"]["p50"] <= found["resume_seconds"]["max"]
    assert len(found["goals"]) == 6
