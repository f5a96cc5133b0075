"""A look carries the target's options and what earlier looks left, and builds values that say what was seen."""

import threading
from collections.abc import Callable

import pytest

from agents.contract import CoverageState
from agents.errors import BadEvidenceError, StoppedError
from agents.sources.collected import digest
from agents.sources.look import Look, counted, sentence


def test_an_option_that_is_no_whole_number_is_refused_by_name(look_at: Callable[..., Look]) -> None:
    for value in ("many", 0, -1, True, 1.5):
        with pytest.raises(BadEvidenceError, match=r"option max_commits: .* is not a whole number .* to have 5"):
            look_at("/srv/x", options={"max_commits": value}).whole_number("max_commits", default=5)


def test_an_option_that_is_not_given_has_its_default(look_at: Callable[..., Look]) -> None:
    assert look_at("/srv/x").whole_number("max_commits", default=5) == 5
    assert look_at("/srv/x", options={"max_commits": 7}).whole_number("max_commits", default=5) == 7


def test_a_cursor_of_an_unknown_form_counts_as_none(look_at: Callable[..., Look]) -> None:
    look = look_at("/srv/x", cursors={"git": "abc", "osv": {"state": "1"}})
    assert look.cursor("git") == {}
    assert look.cursor("manifest") == {}
    assert look.cursor("osv") == {"state": "1"}


def test_what_was_not_looked_at_has_no_time(look_at: Callable[..., Look]) -> None:
    look = look_at("/srv/x")
    assert look.coverage("git", CoverageState.NOT_COLLECTED).as_of is None
    assert look.coverage("git", CoverageState.FAILED).as_of == look.now


def test_a_quarantined_item_is_bounded_and_clean(look_at: Callable[..., Look]) -> None:
    item = look_at("/srv/x").quarantine("osv", key="k\x00\n" * 999, reason="\x1b[1mbad", raw="r\x00" * 99_999)
    assert len(item.key) <= 300
    assert item.reason == "bad"
    assert set(item.raw) == {"r"}


def test_a_look_stops_when_it_is_told(look_at: Callable[..., Look]) -> None:
    # Given a step that was told to stop
    stop = threading.Event()
    stop.set()

    # When the look would go on
    # Then it says what it was doing
    with pytest.raises(StoppedError, match="stopped while counting of x"):
        look_at("/srv/x", stop=stop).go_on(doing="counting")


def test_words_for_people() -> None:
    assert counted(1, "file") == "1 file"
    assert counted(1200, "file") == "1,200 files"
    assert sentence("a", "", "b") == "a; b"


def test_digests_tell_lists_apart_that_join_to_the_same_text() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("a") == digest(b"a")
    assert digest("\ud800")
