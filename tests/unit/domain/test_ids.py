"""Run ids are UUIDs of version 7: in order of time, and never the same."""

import time
from uuid import RFC_4122

import pytest

from orchestrator.domain.ids import new_run_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = new_run_id()
    assert (made.version, made.variant) == (7, RFC_4122)


def test_ids_of_later_milliseconds_sort_later(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a clock that is a millisecond further at each look, up to the last one that fits 48 bits
    moments = [1_700_000_000_000, 1_700_000_000_001, (1 << 48) - 1]
    clock = iter([moment * 1_000_000 for moment in moments])
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))
    # When an id is made at each
    made = [new_run_id() for _ in moments]
    # Then they sort by time, and hold it
    assert made == sorted(made)
    assert [each.int >> 80 for each in made] == moments


def test_ids_of_one_millisecond_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_000_000_000)
    assert len({new_run_id() for _ in range(2_000)}) == 2_000
