"""A few replays of one bundle, by real planner, ledger and agents: their reports are the same, byte for byte."""

import os

import pytest

from benchmarks.identical import measure
from orchestrator.errors import ServiceError

pytestmark = pytest.mark.services


def test_replays_under_a_frozen_clock_give_identical_reports() -> None:
    # Given a small bundle, and two processes with unlike hash seeds, time zones, slots and orders
    wishes = measure.Wishes(times=4, processes=2, repositories=2)
    # When they replay it under one run id
    try:
        found = measure.measure(wishes, say=print)
    except ServiceError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no embedded services here: {error}")
    # Then every goal is met, and each of the report's files has one hash
    assert found["goals"] == dict.fromkeys(found["goals"], True)
    assert found["passed"]
    assert [len(known) for known in found["sha256"].values()] == [1, 1, 1]
    assert (found["replays"], found["processes"], found["differences"]) == (4, 2, [])
