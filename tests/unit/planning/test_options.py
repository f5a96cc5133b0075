"""Options are read into values, and whatever is wrong with them is said at once."""

from collections.abc import Mapping

import pytest
from pydantic import JsonValue

from orchestrator.domain.triggers import Priority
from orchestrator.errors import PlanningError
from orchestrator.planning.options import Options, read_options


def test_no_options_are_the_defaults() -> None:
    assert read_options({}) == Options()


def test_every_option_is_read_into_its_value() -> None:
    # Given all of them, as JSON has them
    options = read_options(
        {
            "look": ["health", "health", "mood"],
            "without": ["github"],
            "priority": "Critical",
            "deadline": "1h30m",
            "aliases": ["GHSA-1"],
            "window": 0.2,
            "delivery": " 42 ",
            "label": "Before the release",
            "watchlist": "team",
            "signal_window_days": 30,
        }
    )
    # Then each has its type, doubled words once
    assert options == Options(
        look=("health", "mood"),
        without=frozenset({"github"}),
        priority=Priority.CRITICAL,
        deadline=5_400,
        aliases=("GHSA-1",),
        window=1,
        delivery="42",
        label="Before the release",
        watchlist="team",
        signal_window_days=30,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dead_line": 3}, "options.dead_line: is no option; did you mean 'deadline'\\?; known: aliases, deadline,"),
        ({"look": "health"}, "options.look: 'health' is no list of texts; write one, as in \\['health'\\]"),
        ({"look": []}, "options.look: \\[\\] is no list"),
        ({"look": ["exposre"]}, "options.look: 'exposre' is no look; did you mean 'exposure'\\?"),
        ({"look": ["Big Words"]}, "options.look: 'Big Words' is no look; write one plain word"),
        ({"without": [3]}, "options.without: 3 is no text"),
        ({"priority": "urgent"}, "options.priority: 'urgent' is no priority; known: critical, high, low, normal"),
        (
            {"deadline": 0},
            "options.deadline: 0 is no span of time; write a number of seconds above 0, or one as in '30m'",
        ),
        ({"deadline": True}, "options.deadline: True"),
        ({"deadline": "soon"}, "options.deadline: 'soon' is no span of time; write a number and a unit"),
        ({"window": -1}, "options.window: -1"),
        ({"signal_window_days": 0}, "options.signal_window_days: 0 is no whole number from 1 to 3650"),
        ({"signal_window_days": True}, "options.signal_window_days: True is no whole number"),
        ({"delivery": " "}, "options.delivery: ' ' is no text"),
    ],
)
def test_a_wrong_option_is_refused_with_its_value_and_the_remedy(
    options: Mapping[str, JsonValue], message: str
) -> None:
    with pytest.raises(PlanningError, match=message):
        read_options(options)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(PlanningError, match=r"options.look: .*; options.priority: .*; options.x: is no option"):
        read_options({"look": 1, "priority": 2, "x": 3})
