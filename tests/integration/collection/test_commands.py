"""The commands: what could not be read is listed, shown, read again and dropped; how fresh each source is."""

import io
import json
import sys

import pytest
from support.commands import Lookout
from support.stages import Stage

from agents.contract import CoverageState
from orchestrator.cli.exits import Exit

from .conftest import FEED, LOCK, House, collected

pytestmark = pytest.mark.services

HOSTILE = "\x1b[31mred\x1b[0m\u202e[bold]%s{x}"


@pytest.fixture(autouse=True)
def _strays(house: House) -> None:
    """Have a look at two targets, of which three items could not be read."""
    house.does[LOCK.id] = lambda _: collected(LOCK, strays=("a", HOSTILE))
    house.does[FEED.id] = lambda _: collected(
        FEED, source="feed", strays=("entry 1",), state=CoverageState.PARTIAL, detail=HOSTILE
    )
    house.look(LOCK, FEED)


def test_what_could_not_be_read_is_listed_and_chosen(lookout: Lookout) -> None:
    # Given / When
    everything, piped = lookout("quarantine"), lookout("quarantine", "list", "--target", LOCK.id)
    listed = json.loads(lookout("quarantine", "list", "--source", "feed", "--json").out)
    # Then each is a line with tabs, which holds nothing that steers a terminal
    assert (everything.code, len(everything.out.splitlines()), len(piped.out.splitlines())) == (0, 3, 2)
    assert all(line.count("\t") == 5 for line in everything.out.splitlines())
    assert not {"\x1b", "\u202e"} & set(everything.out)
    assert [(one["target"], one["key"], one["raw"]) for one in listed] == [(FEED.id, "entry 1", "raw of entry 1")]
    assert len(lookout("quarantine", "list", "--limit", "1").out.splitlines()) == 1
    assert lookout("quarantine", "list", "--source", "git").out == ""


def test_one_is_shown_with_its_reason_and_how_it_begins(lookout: Lookout) -> None:
    # Given / When
    shown = lookout("quarantine", "show", LOCK.id)
    one = lookout("quarantine", "show", LOCK.id, "--source", "manifest", "--key", "a").out
    # Then what a stranger wrote is shown, and does nothing
    assert "reason: a: no version\n" in one
    assert "    | raw of a\n" in one
    assert "⟦U+202E⟧[bold]%s{x}" in shown.out
    assert not {"\x1b", "\u202e"} & set(shown.out)
    assert f"`lookout quarantine replay {LOCK.id}`" in shown.err
    (as_json,) = json.loads(lookout("quarantine", "show", LOCK.id, "--key", "a", "--json").out)
    assert (as_json["reason"], as_json["raw"]) == ("a: no version", "raw of a")
    # And one that is not there is refused with what there is
    wrong = lookout("quarantine", "show", "sbom:/srv/lokc")
    assert wrong.code == Exit.USAGE
    assert f"did you mean '{LOCK.id}'?; there is something of {FEED.id}, {LOCK.id}" in wrong.err


def test_an_item_without_an_excerpt_is_shown_without_one(lookout: Lookout, house: House) -> None:
    # Given / When / Then
    house.sql("UPDATE quarantine SET raw = ''")
    assert "how it begins" not in lookout("quarantine", "show", FEED.id).out


def test_a_target_is_read_again(lookout: Lookout, stage: Stage) -> None:
    # Given / When
    first = lookout("quarantine", "replay", LOCK.id)
    again = lookout("quarantine", "replay", LOCK.id, "--source", "manifest", "--json")
    second = json.loads(lookout("quarantine", "replay", LOCK.id, "--json").out)
    # Then it says what was forgotten and which run does it
    run = str(stage.one("SELECT id FROM runs WHERE trigger ->> 'source' = 'quarantine'"))
    assert (first.code, first.out) == (0, f"{run}\n")
    assert f"{LOCK.id}: 2 items forgotten; read from the beginning again: manifest\n" in first.err
    assert (second["run_id"], second["fresh"]) == (run, False)
    # And another wish about the same, of which nothing is left, is refused
    assert again.code == Exit.USAGE
    assert f"nothing of {LOCK.id}, from manifest was put aside; there is something of {FEED.id}" in again.err


def test_a_source_without_a_cursor_is_read_again_as_well(lookout: Lookout, house: House) -> None:
    # Given a source that starts afresh at each look
    house.sql("DELETE FROM cursors")
    # When / Then
    assert (
        "1 item forgotten; read from the beginning again: none was known"
        in lookout("quarantine", "replay", FEED.id).err
    )


def test_what_is_dropped_is_counted(lookout: Lookout, stage: Stage) -> None:
    # Given / When
    one = lookout("quarantine", "drop", LOCK.id, "--key", "a", "--yes")
    rest = lookout("quarantine", "drop", "--all", "--source", "manifest", "--yes")
    # Then
    assert (one.code, one.out) == (0, f"1 item of {LOCK.id}, a: dropped\n")
    assert rest.out == "1 item from manifest: dropped\n"
    assert lookout("quarantine", "drop", "--all", "--yes").out == "1 item of any target: dropped\n"
    assert stage.one("SELECT count(*) FROM quarantine") == 0
    # And where there is nothing, that is said
    none = lookout("quarantine", "drop", LOCK.id, "--yes")
    assert (none.code, "nothing was put aside at all" in none.err) == (Exit.USAGE, True)


@pytest.mark.parametrize(("said", "left"), [("y\n", 0), ("n\n", 3)])
def test_a_person_is_asked_before(
    said: str, left: int, lookout: Lookout, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a person at a terminal
    terminal = io.StringIO(said)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    # When everything is to be dropped, then their word counts
    answer = lookout("quarantine", "drop", "--all")
    assert "drop 3 items of any target" in answer.err
    assert (answer.code, stage.one("SELECT count(*) FROM quarantine")) == (Exit.FAILED if left else Exit.OK, left)


def test_where_nobody_can_be_asked_nothing_is_dropped(
    lookout: Lookout, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a pipe / When
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    answer = lookout("quarantine", "drop", LOCK.id)
    # Then
    assert (answer.code, f"whether to drop 2 items of {LOCK.id}: say --yes" in answer.err) == (Exit.USAGE, True)
    assert stage.one("SELECT count(*) FROM quarantine") == 3


@pytest.mark.parametrize("words", [("drop",), ("drop", LOCK.id, "--all")])
def test_what_is_dropped_is_named_or_all(words: tuple[str, ...], lookout: Lookout) -> None:
    # Given / When / Then
    answer = lookout("quarantine", *words)
    assert (answer.code, "name a TARGET, or say --all" in answer.err) == (Exit.USAGE, True)


def test_sources_are_listed_the_worst_first(lookout: Lookout) -> None:
    # Given / When
    piped, as_json = lookout("sources"), json.loads(lookout("sources", "--json").out)
    # Then
    first, second = (line.split("\t") for line in piped.out.splitlines())
    assert (first[:3], first[5:7]) == ([FEED.id, "feed", "partial"], ["7", "1"])
    assert first[3].endswith("s of 1d")
    assert (second[:3], second[5:]) == ([LOCK.id, "manifest", "complete"], ["7", "2", ""])
    assert not {"\x1b", "\u202e"} & set(piped.out)
    assert [(one["source"], one["state"], one["late"], one["max_age"]) for one in as_json] == [
        ("feed", "partial", False, 86_400),
        ("manifest", "complete", False, 3_600),
    ]


def test_what_is_late_and_what_was_never_read_is_said(lookout: Lookout, house: House) -> None:
    # Given a source that was read too long ago, and one that was never read
    house.does[LOCK.id] = lambda _: collected(LOCK, cursors={}, state=CoverageState.FAILED)
    house.look(LOCK)
    house.sql("UPDATE cursors SET at = at - interval '2 hours' WHERE target = :t", t=LOCK.id)
    house.does[LOCK.id] = lambda _: collected(LOCK, source="osv", cursors={}, state=CoverageState.NOT_COLLECTED)
    late = lookout("sources", "--source", "manifest").out.split("\t")
    house.look(LOCK)
    never = lookout("sources", "--source", "osv").out.split("\t")
    # When / Then
    assert (late[2], late[3].startswith("2h"), late[3].endswith(" of 1h, late")) == ("failed", True, True)
    assert never[2:5] == ["not collected", "-", "never"]


def test_more_sources_than_are_asked_for_are_said_to_be_there(lookout: Lookout, house: House) -> None:
    # Given sources of which no more is known than when they were read
    house.sql("UPDATE cursors SET at = at - interval '2 hours'")
    house.sql("DELETE FROM attempts")
    house.sql("DELETE FROM steps")
    # When / Then
    answer = lookout("sources", "--limit", "1")
    (cells,) = (line.split("\t") for line in answer.out.splitlines())
    assert (cells[2], cells[3].startswith("2h"), "of" in cells[3], cells[5]) == ("unknown", True, False, "-")
    assert "these are the worst 1: --limit shows more" in answer.err
    assert lookout("sources", "--target", "git:/nowhere").out == ""
