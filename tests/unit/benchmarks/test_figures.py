"""Figures: medians over rounds, memory over a tree of processes, and when a stack has settled."""

import os

from benchmarks.figures import medians
from benchmarks.footprint import Peak, Share, shares_of
from benchmarks.memory import IMPORTS, STEADY_LOOKS, by_name, look_at_import, steady


def test_numbers_are_medians_and_the_rest_is_the_last_rounds() -> None:
    # When
    together = medians([{"s": 1.0, "state": "a", "ok": True}, {"s": 5, "state": "b", "ok": True}])

    # Then
    assert together == {"s": 3.0, "state": "b", "ok": True}


def test_the_peak_is_of_the_sums_and_the_largest_process_by_itself() -> None:
    # Given
    peak = Peak()

    # When
    peak.see([share(1, "lookout", uss=10, rss=50, seconds=1), share(2, "worker", uss=5, rss=60, seconds=2)])
    peak.see([share(1, "lookout", uss=12, rss=40, seconds=1.5)])

    # Then
    assert (peak.uss, peak.rss, peak.largest) == (15, 60, "worker")
    assert peak.seconds == {"worker": 2, "lookout": 1.5}


def test_this_very_process_weighs_something() -> None:
    # When
    shares = shares_of(os.getpid())

    # Then
    assert shares[0].pid == os.getpid()
    assert 0 < shares[0].uss <= shares[0].rss


def test_a_stack_has_settled_once_its_sum_stands_still() -> None:
    # When
    answers = [steady([400.0] * STEADY_LOOKS), steady([400.0] * (STEADY_LOOKS - 1)), steady([400, 400, 400, 400, 402])]

    # Then
    assert answers == [True, False, False]


def test_processes_of_one_name_are_told_together_largest_first() -> None:
    # When
    told = by_name([share(1, "small", uss=1, rss=2), share(2, "big", uss=9, rss=9), share(3, "small", uss=2, rss=2)])

    # Then
    assert list(told) == ["big", "small"]
    assert told["small"] == {"processes": 2, "uss_mb": 3.0, "rss_mb": 4.0}


def test_what_is_imported_first_brings_no_heavy_library() -> None:
    # When
    looks = {name: look_at_import(name) for name in IMPORTS}

    # Then
    assert {name: look["heavy"] for name, look in looks.items()} == {name: [] for name in IMPORTS}


def share(pid: int, name: str, *, uss: float, rss: float, seconds: float = 0.0) -> Share:
    return Share(pid, name, uss, uss, rss, seconds)
