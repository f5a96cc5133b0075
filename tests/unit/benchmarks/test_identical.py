"""The benchmark of identical reports: what is unlike between replays, and that one byte that differs is noticed."""

import random
import socket
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.identical.guard import OutsideError, refusing
from benchmarks.identical.measure import FILES, circumstances, figures_of, goals_of, parting, shares
from benchmarks.identical.playing import messages


def replayed(
    keep: Path,
    *,
    order: tuple[str, ...] = ("a", "b"),
    state: str = "succeeded",
    findings: int = 3,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> Mapping[str, Any]:
    """Return what one process with one replay says, with the report's files in ``keep``."""
    files = {}
    for name in FILES:
        words = texts.get(name, f"the same {name}")
        files[name] = sha256(words.encode()).hexdigest()
        (keep / files[name]).write_text(words)
    row = {"state": state, "order": order, "findings": findings, "files": files}
    return {"played": [row], "network": []}


def missed(told: list[Mapping[str, Any]], keep: Path) -> list[str]:
    """Return the goals that are missed by what two processes said."""
    return [goal for goal, met in goals_of(figures_of(told, keep=keep), times=2).items() if not met]


def test_the_same_reports_in_different_orders_are_what_is_wanted(tmp_path: Path) -> None:
    # Given two replays whose steps were done in two orders
    told = [replayed(tmp_path), replayed(tmp_path, order=("b", "a"))]
    # Then nothing is missed, and no difference is shown
    assert missed(told, tmp_path) == []
    assert figures_of(told, keep=tmp_path)["differences"] == []


@pytest.mark.parametrize("name", FILES)
def test_one_byte_that_differs_is_noticed_and_shown(name: str, tmp_path: Path) -> None:
    # Given two replays, one file of which differs in one place
    other = replayed(tmp_path, order=("b", "a"), texts={name: f"the Same {name}"})
    # When they are compared
    told = [replayed(tmp_path), other]
    # Then that is the goal that is missed, and it is said where
    assert missed(told, tmp_path) == ["all reports are the same, byte for byte"]
    (shown,) = figures_of(told, keep=tmp_path)["differences"]
    assert (shown["file"], shown["at"]) == (name, 4)
    assert sorted(shown["texts"]) == [f"the Same {name}", f"the same {name}"]


def test_a_report_without_one_of_its_files_is_noticed(tmp_path: Path) -> None:
    # Given two replays, of which neither wrote a page
    told = [replayed(tmp_path), replayed(tmp_path, order=("b", "a"))]
    for process in told:
        del process["played"][0]["files"]["report.html"]
    # Then equal silence is no equal report
    assert missed(told, tmp_path) == ["all reports are the same, byte for byte"]


@pytest.mark.parametrize(
    ("changed", "goal"),
    [
        ({"state": "partial"}, "2 replays succeeded"),
        ({"order": ("a", "b")}, "steps were done in different orders"),
    ],
)
def test_what_would_make_sameness_worth_nothing_is_noticed(changed: dict[str, Any], goal: str, tmp_path: Path) -> None:
    # Given a replay that did not succeed, or whose order is the other's
    told = [replayed(tmp_path), replayed(tmp_path, **{"order": ("b", "a"), **changed})]
    # Then that is missed
    assert missed(told, tmp_path) == [goal]


def test_empty_reports_and_calls_to_the_network_are_noticed(tmp_path: Path) -> None:
    # Given replays that found nothing, of which one looked up a name
    told = [replayed(tmp_path, findings=0), {**replayed(tmp_path, order=("b", "a"), findings=0), "network": ["dns"]}]
    # Then both are missed; and so is a replay that is not there
    assert missed(told, tmp_path) == ["the reports say something", "nothing tried to reach the network"]
    assert missed(told[:1], tmp_path)[0] == "2 replays succeeded"


@pytest.mark.parametrize(
    ("one", "other", "at"), [("abc", "abd", 2), ("ab", "abc", 2), ("abc", "ab", 2), ("", "a", 0), ("x" * 99, "y", 0)]
)
def test_texts_part_where_the_first_character_differs(one: str, other: str, at: int) -> None:
    assert parting(one, other)["at"] == at


@given(times=st.integers(1, 500), processes=st.integers(1, 50))
def test_replays_are_shared_evenly_and_none_is_dropped(times: int, processes: int) -> None:
    shared = shares(times, processes)
    assert sum(shared) == times
    assert max(shared) - min(shared) <= 1
    assert len(shared) == min(times, processes)


def test_no_two_of_the_first_processes_replay_in_the_same_circumstances() -> None:
    # Given ten processes
    made = [circumstances(number, seed=1) for number in range(10)]
    # Then each draws its own order, and they differ in slots and time zones
    assert len({one["seed"] for one in made}) == 10
    assert {one["slots"] for one in made} == {1, 2, 3, 4}
    assert len({one["zone"] for one in made}) == 5


@given(ready=st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=9, unique=True), seed=st.integers())
def test_every_step_that_may_begin_gets_a_message(ready: list[str], seed: int) -> None:
    # Given steps, when they are put into messages
    sent = messages(ready, chance=random.Random(seed))  # noqa: S311  a drawn order
    # Then each is in one, doubled ones aside, and none holds more than three
    assert sorted(name for lot in set(sent) for name in lot) == sorted(ready)
    assert {len(lot) for lot in sent} <= {1, 2, 3}
    # And the same seed draws the same
    assert messages(ready, chance=random.Random(seed)) == sent  # noqa: S311  the same


def test_a_seed_draws_orders_and_doubles_messages() -> None:
    drawn = [messages("abcdef", chance=random.Random(seed)) for seed in range(30)]  # noqa: S311  a drawn order
    assert len({tuple(one) for one in drawn}) == 30
    assert any(len(one) > len(set(one)) for one in drawn)


def test_the_guard_refuses_hosts_and_names_and_lets_files_pass() -> None:
    # Given a guard
    tries: list[str] = []
    hook = refusing(tries.append)
    with socket.socket() as internet:
        # When something connects to a host, sends to one, or looks a name up
        for event, told in (
            ("socket.connect", (internet, ("192.0.2.1", 443))),
            ("socket.sendto", (internet, ("192.0.2.1", 53))),
            ("socket.getaddrinfo", ("lookout.example", 443)),
            ("socket.gethostbyname", ("lookout.example",)),
        ):
            with pytest.raises(OutsideError, match=event):
                hook(event, told)
        # Then each try is noted
        assert tries == [
            "socket.connect ('192.0.2.1', 443)",
            "socket.sendto ('192.0.2.1', 53)",
            "socket.getaddrinfo lookout.example",
            "socket.gethostbyname lookout.example",
        ]
        # And a socket that is a file, and all that is no call, passes
        hook("socket.connect", (internet, "servers/postgres"))
        hook("socket.connect", (internet, b"servers/postgres"))
        hook("open", ("report.html", "r", 0))
    assert len(tries) == 4
