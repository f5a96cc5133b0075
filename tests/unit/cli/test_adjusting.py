"""``lookout schedules set``: what its options say, and what is wrong with them."""

import click
import pytest

from orchestrator.cli.adjusting import adjust_by, adjustment_of
from orchestrator.cli.exits import Exit
from orchestrator.cli.faults import trouble_of
from orchestrator.domain.watchlist import CatchUp
from orchestrator.errors import AdmissionError, PlanningError
from orchestrator.scheduling.adjusting import Adjustment


def test_options_are_read_by_the_watchlist_s_own_rules() -> None:
    # Given options as people write them
    given = {"every": "2h", "jitter": "0.2", "catch_up": "all", "tier": "critical"}
    # When they are read, then they are an adjustment
    expected = Adjustment(every_seconds=7_200, jitter=0.2, catch_up=CatchUp.ALL, tier="critical")
    assert adjustment_of(given) == expected
    # And times of the clock come with a zone
    assert adjustment_of({"cron": "@daily"}) == Adjustment(cron="0 0 * * *", time_zone="UTC")
    zoned = adjustment_of({"cron": "0 6 * * mon", "time_zone": "Europe/Berlin"})
    assert zoned == Adjustment(cron="0 6 * * MON", time_zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"every": "soon"}, "--every: 'soon' is no span of time"),
        ({"cron": "0 0 30 2 *"}, "--cron: '0 0 30 2 \\*' is no cron expression"),
        ({"cron": "@daily", "time_zone": "Mars"}, "--time-zone: 'Mars' is no time zone"),
        ({"jitter": "0.7"}, "--jitter: '0.7' is no share; write a number from 0 to 0.5"),
        ({"jitter": "much"}, "--jitter: 'much' is no share"),
        ({"catch_up": "alll"}, "--catch-up: 'alll' is no policy; did you mean 'all'"),
        ({"tier": "vital"}, "--tier: 'vital' is no tier"),
        ({"every": "1h", "cron": "@daily"}, "give --every or --cron, not both"),
        ({"time_zone": "UTC"}, "--time-zone says nothing without --cron"),
    ],
)
def test_what_is_wrong_with_an_option_is_said(given: dict[str, str], words: str) -> None:
    # Given an option that says nothing, when it is read, then its name, its value and the remedy are said
    with pytest.raises(click.UsageError, match=words):
        adjustment_of(given)


@pytest.mark.parametrize(("given", "reset_it"), [({}, False), ({"every": "1h"}, True)])
def test_a_change_or_a_reset_is_asked_for(given: dict[str, str], *, reset_it: bool) -> None:
    # Given neither a change nor a reset, or both, then nothing is done
    with pytest.raises(click.UsageError, match="or --reset alone"):
        adjust_by("stack/1d", given=given, reset_it=reset_it)


def test_no_room_has_an_exit_code_of_its_own() -> None:
    # Given a trigger that was turned away, then a script can tell that from a mistake
    busy = trouble_of(AdmissionError("come back in 5 s", retry_after_seconds=5))
    assert (busy.exit_code, busy.message) == (Exit.BUSY, "come back in 5 s")
    assert trouble_of(PlanningError("targets: none")).exit_code is Exit.USAGE
