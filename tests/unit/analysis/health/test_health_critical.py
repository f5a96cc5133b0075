"""Which open issues are critical, and why."""

from collections.abc import Callable
from datetime import datetime

import pytest
from pydantic import JsonValue

from agents.analysis.health.critical import Critical, critical_issues
from agents.analysis.health.tickets import read_tickets
from agents.contract import Evidence

Make = Callable[..., Evidence]


def found(*items: Evidence, now: datetime, unanswered_days: int = 14) -> tuple[Critical, ...]:
    return critical_issues(read_tickets(items, now=now), now=now, unanswered_days=unanswered_days)


@pytest.mark.parametrize(
    ("label", "points"),
    [
        ("security", 3),
        ("Type: Security", 3),
        ("CVE-2026-1234", 3),
        ("vulnerability/confirmed", 3),
        ("critical", 2),
        ("release-blocker", 2),
        ("kind/regression", 2),
        ("priority: high", 2),
        ("P0", 2),
        ("sev-1", 2),
        ("severity:1", 2),
        ("data-loss", 2),
        ("non-critical", 0),
        ("not a security issue", 0),
        ("security: low", 0),
        ("minor regression", 0),
        ("bug", 0),
        ("insecurity", 0),
        ("p02", 0),
    ],
)
def test_labels_of_the_repositorys_own_people_tell_what_is_grave(
    label: str, points: int, issue: Make, now: datetime
) -> None:
    critical = found(issue(1, opened=3, labels=[label], comments=1), now=now)
    assert [one.points for one in critical] == ([points] if points else [])


@pytest.mark.parametrize(
    ("told", "points"),
    [
        ({"comments": 20, "reactions": 10}, 2),
        ({"comments": 20, "reactions": 9}, 0),
        ({"comments": 30, "labels": ["enhancement"]}, 0),
        ({"comments": 30, "labels": ["RFC: idea"]}, 0),
        ({"reactions": 12, "opened": 20}, 2),
        ({"reactions": 12, "opened": 3}, 0),
        ({"reactions": 12, "opened": 20, "association": "MEMBER"}, 0),
        ({"opened": 500}, 0),
        ({"opened": 20, "labels": ["security"]}, 4),
    ],
)
def test_attention_and_silence_add_up(told: dict[str, JsonValue], points: int, issue: Make, now: datetime) -> None:
    critical = found(issue(1, **{"opened": 3, **told}), now=now)
    assert [one.points for one in critical] == ([points] if points else [])


def test_each_reason_is_said_in_words(issue: Make, now: datetime) -> None:
    # Given a grave issue that many follow, and one that nobody answered
    loud = issue(1, opened=40, labels=["regression"], comments=8, reactions=4)
    silent = issue(2, opened=40, labels=["security"])
    first, second = found(loud, silent, now=now)
    # Then the graver stands first, and each says why
    assert (first.issue.number, first.reasons) == (2, ("labelled as about security", "no comment for 40 days"))
    assert (second.issue.number, second.reasons) == (1, ("labelled as grave", "8 comments and 4 reactions"))
    assert first.labelled
    assert second.labelled


def test_what_is_closed_is_not_critical_any_more(issue: Make, now: datetime) -> None:
    assert found(issue(1, opened=9, closed=1, labels=["security"]), now=now) == ()


def test_a_tier_that_matters_more_waits_less_long_for_an_answer(issue: Make, now: datetime) -> None:
    # Given an issue that nobody answered for ten days, and ten people asked for
    item = issue(1, opened=10, reactions=10)
    # Then it depends on how long that may take
    assert found(item, now=now, unanswered_days=14) == ()
    assert [one.points for one in found(item, now=now, unanswered_days=7)] == [2]
