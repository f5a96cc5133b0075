"""What ``monitor`` makes of its passes: a real replay is asked, and the passes are made up."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner

from benchmarks import monitor
from benchmarks.__main__ import main
from benchmarks.footprint import Peak
from benchmarks.ledger import Kept
from benchmarks.monitor import CASES, ON_GITHUB, Wishes, measure
from benchmarks.passes import Pass
from orchestrator.local.home import Home

PLACE = "/repos/planted/steady-000"
KEPT = Kept(commits=1, rollbacks=0, bytes=1, evidence=1, attempts=1, steps=())
Settings = Mapping[str, str]
_NONE: Settings = MappingProxyType({})


def a_pass(report: Mapping[str, Any], *, state: str) -> Pass:
    """Return a pass of one step."""
    times = {"created_at": "2026-05-01T00:00:00+00:00", "finished_at": "2026-05-01T00:00:04+00:00"}
    outcome = {**times, "steps": [{}], "findings": {}, "state": state, "run_id": "r"}
    return Pass(5.0, 4.5, 3.0, outcome=outcome, report=dict(report), report_bytes=10, peak=Peak())


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Settings]]:
    """Return what has passes ask for a path, each on the condition that it changed, and find what they are told to."""

    def set_up(
        path: str = PLACE, *, found: tuple[str, ...] = ("steady-000",), state: str = "succeeded"
    ) -> list[Settings]:
        given: list[Settings] = []
        marks = [""]
        kind = {"kind": "github.health", "severity": "info", "data": {}}

        def make_pass(_home: Home, _watchlist: Path, *, settings: Settings = _NONE) -> Pass:
            given.append(settings)
            if settings:
                answer = httpx2.get(settings["LOOKOUT_GITHUB_API_URL"] + path, headers={"if-none-match": marks[-1]})
                marks.append(answer.headers["etag"] if answer.is_success else marks[-1])
            return a_pass({"findings": [{**kind, "target_label": name} for name in found]}, state=state)

        monkeypatch.setattr(monitor, "make_pass", make_pass)
        monkeypatch.setattr(monitor, "read_kept", lambda _home, *, run_id: KEPT if run_id == "r" else None)
        return given

    return set_up


def test_each_look_is_told_with_what_was_asked_in_it(passes: Callable[..., list[Settings]]) -> None:
    # Given
    given = passes()

    # When
    found = measure(Wishes(github=1, cases=(ON_GITHUB,), rounds=2), say=print)

    # Then
    case = found["cases"][ON_GITHUB]
    looks = [(look["requests_by_status"], look["requests_unchanged"]) for look in case["looks"].values()]
    assert found["passed"]
    assert list(found["cases"]) == [ON_GITHUB]
    assert list(case["looks"]) == ["first", "again", "third"]
    assert (case["targets"], case["findings"]["kinds"]) == (1, {"github.health": {"expected": 1, "found": 1}})
    # The last mark is kept over the rounds, as the last round's statuses are told: only the very first was sent whole
    assert looks == [({"304": 1}, 0.5), ({"304": 1}, 1), ({"304": 1}, 1)]
    # And two rounds of three looks each had a replay, and a token that is nobody's
    assert len(given) == 6
    assert {settings["LOOKOUT_GITHUB_TOKEN"] for settings in given} == {monitor.TOKEN}
    assert len({settings["LOOKOUT_GITHUB_API_URL"] for settings in given}) == 2


@pytest.mark.parametrize(
    "wrong",
    [{"path": "/repos/planted/nobody"}, {"found": ()}, {"state": "partial"}],
)
def test_a_case_fails_where_one_thing_is_not_as_planted(
    passes: Callable[..., list[Settings]], wrong: Mapping[str, Any]
) -> None:
    # Given
    passes(**wrong)

    # When / Then
    assert not measure(Wishes(github=1, cases=(ON_GITHUB,)), say=print)["passed"]


def test_one_case_can_be_chosen_at_the_command_line(passes: Callable[..., list[Settings]], tmp_path: Path) -> None:
    # Given
    passes()
    file = tmp_path / "figures.json"

    # When
    ended = CliRunner().invoke(main, ["monitor", "--case", ON_GITHUB, "--github", "1", "--json", str(file)])

    # Then
    told = json.loads(file.read_text())
    assert ended.exit_code == 0
    assert list(told["cases"]) == [ON_GITHUB]
    assert told["cases"][ON_GITHUB]["targets"] == 1


def test_all_cases_are_measured_where_none_is_chosen(passes: Callable[..., list[Settings]]) -> None:
    # Given
    given = passes()

    # When
    found = measure(Wishes(github=1, repositories=1, commits=500, flaws=5), say=print)

    # Then two looks each at what is on this machine, which ask nobody, and three at GitHub
    assert tuple(found["cases"]) == CASES
    assert [len(case["looks"]) for case in found["cases"].values()] == [2, 2, 3]
    assert [bool(settings) for settings in given] == [False] * 4 + [True] * 3
    assert "requests" not in found["cases"][CASES[0]]["looks"]["first"]


def test_nothing_is_expected_of_repositories_that_are_given(
    passes: Callable[..., list[Settings]], tmp_path: Path
) -> None:
    # Given
    passes(state="partial")

    # When
    found = measure(Wishes(history=tmp_path, git=(tmp_path, tmp_path), cases=CASES[:2]), say=print)

    # Then
    assert found["passed"]
    assert [case["targets"] for case in found["cases"].values()] == [1, 2]
