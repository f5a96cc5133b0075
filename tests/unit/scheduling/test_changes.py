"""What editing a watchlist changes in its schedules."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agents.contract import Target, TargetKind
from orchestrator.domain.watchlist import Watchlist
from orchestrator.scheduling.changes import Changes, Edit, Stored, edit
from orchestrator.scheduling.due import FIRST_SPREAD_SECONDS
from orchestrator.scheduling.groups import Group, groups_of
from orchestrator.store.documents import to_json

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
JITTER = 0.1
HOURLY = 3_600


def _target(location: str, *, age: int = 86_400, look: tuple[str, ...] = (), tier: str = "tools") -> Target:
    return Target(kind=TargetKind.GIT, location=location, max_age_seconds=age, look=look, tier=tier)


def _groups(*targets: Target) -> tuple[Group, ...]:
    return groups_of(Watchlist(name="stack", targets=targets, path=Path("/srv/stack.yaml")))


def _stored(*targets: Target, retired: bool = False) -> list[Stored]:
    """Return what the database has after a watchlist with these targets was watched."""
    return [
        Stored(group.name, json.loads(to_json(group.trigger)), jitter=JITTER, retired=retired)
        for group in _groups(*targets)
    ]


def _edit(*targets: Target, stored: list[Stored], jitter: float = JITTER) -> Edit:
    return edit(_groups(*targets), stored=stored, jitter=jitter, now=NOW)


def _soon(due: datetime | None) -> bool:
    return due is not None and NOW <= due < NOW + timedelta(seconds=FIRST_SPREAD_SECONDS)


def test_a_new_watchlist_is_due_at_once() -> None:
    # Given nothing stored, when a watchlist of two ages comes
    plan = _edit(_target("/a"), _target("/b", age=HOURLY), stored=[])
    # Then both its schedules are new, and due within seconds
    assert plan.changes.added == ("stack/1h", "stack/1d")
    assert all(_soon(entry.due) for entry in plan.entries)


def test_the_same_watchlist_again_changes_nothing() -> None:
    # Given what was stored for a watchlist
    targets = (_target("/a"), _target("/b", age=HOURLY))
    # When the same comes again
    plan = _edit(*targets, stored=_stored(*targets))
    # Then nothing is written
    assert plan.entries == ()
    assert plan.changes == Changes(unchanged=("stack/1h", "stack/1d"))


def test_a_schedule_that_gains_a_target_is_due_at_once_and_its_neighbour_keeps_its_time() -> None:
    # Given two schedules
    targets = (_target("/a"), _target("/b", age=HOURLY))
    # When one of them gets a target
    plan = _edit(*targets, _target("/new"), stored=_stored(*targets))
    # Then that one is due at once, for nobody ever looked at its new target
    (entry,) = plan.entries
    assert (entry.group.name, _soon(entry.due)) == ("stack/1d", True)
    assert plan.changes.changed == ("stack/1d",)
    assert plan.changes.unchanged == ("stack/1h",)


def test_a_target_that_is_to_be_looked_at_in_another_way_is_looked_at_at_once() -> None:
    # Given a repository that was looked at for its health, when its exposure is asked for as well
    plan = _edit(_target("/a", look=("health", "exposure")), stored=_stored(_target("/a", look=("health",))))
    # Then its schedule is due at once
    assert _soon(plan.entries[0].due)


def test_a_schedule_that_loses_a_target_or_changes_in_words_only_keeps_its_time() -> None:
    # Given a schedule of two targets
    stored = _stored(_target("/a"), _target("/b"))
    # When one of them goes, and the other changes its tier
    plan = _edit(_target("/a", tier="critical"), stored=stored)
    # Then the schedule is written anew, and keeps its time
    (entry,) = plan.entries
    assert entry.due is None
    assert plan.changes.changed == ("stack/1d",)


def test_another_jitter_is_written_down_without_moving_anything() -> None:
    # Given a schedule, when the setting for jitter changes
    plan = _edit(_target("/a"), stored=_stored(_target("/a")), jitter=0.3)
    # Then it is changed, and keeps its time
    assert [(entry.jitter, entry.due) for entry in plan.entries] == [(0.3, None)]


def test_a_group_that_is_gone_is_retired_once() -> None:
    # Given two schedules
    stored = _stored(_target("/a"), _target("/b", age=HOURLY))
    # When the watchlist no longer has the one's targets
    plan = _edit(_target("/a"), stored=stored)
    # Then that one is retired, and not again at the next edit
    assert plan.changes.retired == ("stack/1h",)
    again = _edit(_target("/a"), stored=[stored[1], *_stored(_target("/b", age=HOURLY), retired=True)])
    assert again.changes.retired == ()


def test_a_retired_group_that_comes_back_is_new_and_due_at_once() -> None:
    # Given a retired schedule, when its targets come back
    plan = _edit(_target("/a"), stored=_stored(_target("/a"), retired=True))
    # Then it is in force again, and due at once
    assert plan.changes.added == ("stack/1d",)
    assert _soon(plan.entries[0].due)


def test_a_stored_trigger_that_this_version_cannot_read_is_replaced() -> None:
    # Given a schedule that another version wrote
    stored = [Stored("stack/1d", {"kind": "seance"}, jitter=JITTER, retired=False)]
    # When the watchlist is watched
    plan = _edit(_target("/a"), stored=stored)
    # Then it is written anew, and due at once
    assert plan.changes.changed == ("stack/1d",)
    assert _soon(plan.entries[0].due)
