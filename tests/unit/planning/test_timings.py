"""When a watchlist's targets are looked at: what its keys say, and what is wrong with them."""

from pathlib import Path

import pytest

from orchestrator.domain.watchlist import CatchUp, Timing
from orchestrator.errors import WatchlistError
from orchestrator.planning.watchlist import parse_watchlist

_LIST = """\
defaults:
  cron: "0 6 * * 1-5"
  time_zone: Europe/Berlin
targets:
  - git: a
  - git: b
    max_age: 2h
    catch_up: none
  - git: c
    cron: "@daily"
    time_zone: UTC
    catch_up: all
"""


def _problems(text: str) -> tuple[str, ...]:
    with pytest.raises(WatchlistError) as caught:
        parse_watchlist(text, path=Path("w.yaml"))
    return caught.value.problems


def test_a_target_has_its_own_times_or_age_else_those_of_the_defaults() -> None:
    # Given a watchlist of which one target is silent, one has an age, and one has times of its own
    watchlist = parse_watchlist(_LIST, path=Path("/w.yaml"))
    # When it is asked when they are looked at
    silent, aged, timed = (watchlist.timing_of(target) for target in watchlist.targets)
    # Then the nearest word holds
    assert silent == Timing(cron="0 6 * * 1-5", zone="Europe/Berlin")
    assert (aged.cron, aged.catch_up, watchlist.targets[1].max_age_seconds) == ("", CatchUp.NONE, 7_200)
    assert timed == Timing(cron="0 0 * * *", zone="UTC", catch_up=CatchUp.ALL)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('cron: "0 0 30 2 *"', "w.yaml:3:11: targets[1].cron: '0 0 30 2 *' is no cron expression (bad day-of-month)"),
        ("time_zone: Mars", "w.yaml:3:16: targets[1].time_zone: 'Mars' is no time zone known here"),
        ("time_zone: UTC", "w.yaml:3:5: targets[1].time_zone: says nothing without 'cron'"),
        ("catch_up: allways", "w.yaml:3:15: targets[1].catch_up: 'allways' is no policy; did you mean 'all'?"),
        ('max_age: 1h\n    cron: "@daily"', "w.yaml:4:5: targets[1].cron: is given beside 'max_age' in line 3"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(lines: str, problem: str) -> None:
    # Given a target with a fault in when it is looked at, when it is read, then place, value and remedy are said
    found = _problems(f"targets:\n  - git: a\n    {lines}\n")
    assert any(each.startswith(problem) for each in found), found
