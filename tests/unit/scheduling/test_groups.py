"""Watchlists in groups of one age."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agents.contract import Target, TargetKind
from orchestrator.domain.triggers import TriggerKind
from orchestrator.domain.watchlist import Watchlist
from orchestrator.planning.durations import parse_duration
from orchestrator.scheduling.groups import age_text, groups_of

DAY = 86_400
HOUR = 3_600


def _target(location: str, *, kind: TargetKind = TargetKind.GIT, age: int = DAY, look: tuple[str, ...] = ()) -> Target:
    return Target(kind=kind, location=location, max_age_seconds=age, look=look)


def _watchlist(*targets: Target, name: str = "stack") -> Watchlist:
    return Watchlist(name=name, targets=targets, path=Path("/srv/stack.yaml"))


def test_targets_of_one_age_are_one_schedule() -> None:
    # Given targets of two ages
    watchlist = _watchlist(_target("/a"), _target("/b", age=HOUR), _target("/c"))
    # When they are grouped
    groups = groups_of(watchlist)
    # Then each age has its schedule, the most frequent first, and each target its place in the file
    assert [(group.name, group.every_seconds) for group in groups] == [("stack/1h", HOUR), ("stack/1d", DAY)]
    assert [[target.location for target in group.targets] for group in groups] == [["/b"], ["/a", "/c"]]


def test_advisories_go_with_every_group_that_is_compared_with_them() -> None:
    # Given a lock file, a repository that is looked at for its health alone, and advisories of an age of their own
    advisories = _target("/osv", kind=TargetKind.ADVISORIES, age=6 * HOUR)
    lock = _target("/lock", kind=TargetKind.SBOM)
    watchlist = _watchlist(advisories, lock, _target("/healthy", age=HOUR, look=("health",)))
    # When they are grouped
    groups = {group.name: [target.location for target in group.targets] for group in groups_of(watchlist)}
    # Then the advisories are read for the lock file, and for themselves, but not for the repository
    assert groups == {"stack/1h": ["/healthy"], "stack/6h": ["/osv"], "stack/1d": ["/osv", "/lock"]}


def test_a_group_fires_a_look_in_its_own_name() -> None:
    # Given a group
    (group,) = groups_of(_watchlist(_target("/a")))
    # When it is made a trigger
    trigger = group.trigger
    # Then it is a scheduled look at its targets, named after the schedule; when it was due comes with each occurrence
    assert (trigger.kind, trigger.source, trigger.subject) == (TriggerKind.MONITOR, "schedule", "stack/1d")
    assert trigger.targets == group.targets
    assert trigger.as_of is None


def test_a_name_that_the_database_cannot_hold_is_made_one_that_it_can() -> None:
    # Given a watchlist whose name has a NUL in it
    (group,) = groups_of(_watchlist(_target("/a"), name="st\x00ck"))
    # Then its schedule's name has none
    assert group.name == "st\ufffdck/1d"


def test_ages_are_written_exactly() -> None:
    # Given ages of several units, when they are written, then nothing is rounded away
    assert age_text(DAY + 12 * HOUR) == "1d12h"
    assert age_text(604_800 + 1) == "1w1s"
    assert age_text(90) == "1m30s"


@given(st.integers(1, 10 * 365 * DAY))
def test_an_age_is_read_back_as_it_was_written(seconds: int) -> None:
    # Given any age, when it is written and read, then it is the same: no two ages share a schedule's name
    assert parse_duration(age_text(seconds)) == seconds
