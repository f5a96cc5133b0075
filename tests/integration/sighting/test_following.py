"""A release or an advisory that is new while polling becomes a run of its own; the same from three sources is one."""

import pytest
from sqlalchemy import text
from support.stages import Stage

from orchestrator.intake import Intake
from orchestrator.sighting.following import Follower

from .conftest import FLASK, FOLDER, LOCK, OTHER, Look, advisory, followed, release, uses

pytestmark = pytest.mark.services


def test_a_new_release_starts_a_run_about_what_was_released(stage: Stage, look: Look, follower: Follower) -> None:
    # Given a repository that was looked at, with a release
    look(FLASK, release("v3.0"))
    assert follower.sweep(stage.engine) == 0
    # When a later look brings another one, and the first once more
    look(FLASK, release("v3.0"), release("v3.1"))
    # Then the new one is followed, once
    assert follower.sweep(stage.engine) == 1
    assert follower.sweep(stage.engine) == 0
    (row,) = followed(stage)
    assert (row.trigger["kind"], row.trigger["subject"]) == ("release", "v3.1")
    assert [target["location"] for target in row.trigger["targets"]] == ["pallets/flask", "osv", "/srv/osv"]
    assert row.trigger["options"] == {"label": "shop"}


def test_what_is_old_a_draft_or_yanked_starts_nothing(stage: Stage, look: Look, follower: Follower) -> None:
    # Given a repository that was looked at
    look(FLASK, release("v1"))
    # When a look brings releases that are old, not out, or not to be had
    look(
        FLASK,
        release("v2", days=8),
        release("v3", draft=True),
        release("v4", prerelease=True),
        release("v5", yanked=True),
        release("v6", days=-3),
    )
    # Then none of them is followed, and none waits
    assert follower.sweep(stage.engine) == 0
    assert stage.one("SELECT count(*) FROM sightings") == 0


def test_the_first_look_at_a_source_brings_no_news(stage: Stage, look: Look, follower: Follower) -> None:
    # Given a lock file whose dependencies were read
    look(LOCK, uses(LOCK, "lamp"), source="manifest")
    # When the service is asked for the first time
    look(LOCK, advisory("GHSA-1", at=LOCK), source="osv")
    # Then what it knows is not new: the look itself reports it
    assert follower.sweep(stage.engine) == 0


def test_the_same_advisory_from_three_sources_is_one_run(stage: Stage, look: Look, follower: Follower) -> None:
    # Given two lock files, one of which uses the package, and three sources that were read before
    look(LOCK, uses(LOCK, "lamp"), source="manifest")
    look(OTHER, uses(OTHER, "candle"), source="manifest")
    look(LOCK, advisory("OLD-1", at=LOCK), source="osv")
    look(FOLDER, advisory("OLD-2", at=FOLDER), source="osv")
    look(FLASK, advisory("OLD-3", at=FLASK, source="github"))
    # When each of them tells of it, under other names
    look(FLASK, advisory("GHSA-x", at=FLASK, source="github"))
    assert follower.sweep(stage.engine) == 1
    look(LOCK, advisory("GHSA-x", "CVE-2026-1", at=LOCK), source="osv")
    look(FOLDER, advisory("PYSEC-1", "CVE-2026-1", at=FOLDER), source="osv")
    # Then it is one run, about those who use the package alone
    assert follower.sweep(stage.engine) == 0
    (row,) = followed(stage)
    assert (row.trigger["kind"], row.trigger["subject"]) == ("advisory", "GHSA-x")
    assert [target["location"] for target in row.trigger["targets"]] == ["/srv/lock", "osv", "/srv/osv"]
    assert stage.one("SELECT count(*) FROM sighted") == 3


def test_an_advisory_about_what_nobody_uses_starts_nothing(stage: Stage, look: Look, follower: Follower) -> None:
    # Given a lock file, and a folder of advisories that was read before
    look(LOCK, uses(LOCK, "lamp"), source="manifest")
    look(FOLDER, advisory("OLD-1", at=FOLDER), source="osv")
    # When the folder gets one about another package
    look(FOLDER, advisory("GHSA-2", at=FOLDER, package="candle"), source="osv")
    # Then nothing begins, and nothing waits
    assert follower.sweep(stage.engine) == 0
    assert stage.one("SELECT count(*) FROM sightings") == 0


def test_a_package_is_the_same_however_it_is_spelled(stage: Stage, look: Look, follower: Follower) -> None:
    look(LOCK, uses(LOCK, "Zope.Interface", ecosystem="pypi"), source="manifest")
    look(FOLDER, advisory("OLD-1", at=FOLDER), source="osv")
    look(FOLDER, advisory("GHSA-3", at=FOLDER, package="zope-interface"), source="osv")
    assert follower.sweep(stage.engine) == 1


def test_what_there_is_no_room_for_waits(stage: Stage, look: Look, intake: Intake, follower: Follower) -> None:
    # Given something new, and no room
    look(FLASK, release("v1"))
    look(FLASK, release("v1"), release("v2"))
    full = Follower(_Full(intake), days=7)  # type: ignore[arg-type]
    # When sweeps come by
    assert full.sweep(stage.engine) == 0
    # Then it is followed once there is room
    assert follower.sweep(stage.engine) == 1


class _Full:
    """An intake without room."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def has_room(self, _priority: object) -> bool:
        return False


def test_nothing_is_followed_where_the_setting_says_so(stage: Stage, look: Look, intake: Intake) -> None:
    look(FLASK, release("v1"))
    look(FLASK, release("v1"), release("v2"))
    assert Follower(intake, days=0).sweep(stage.engine) == 0
    assert stage.one("SELECT count(*) FROM sightings") == 0


def test_a_sighting_whose_evidence_is_gone_is_forgotten(stage: Stage, look: Look, follower: Follower) -> None:
    # Given something new that was withdrawn before anybody followed it
    look(FLASK, release("v1"))
    look(FLASK, release("v1"), release("v2"))
    with stage.engine.begin() as conn:
        conn.execute(text("DELETE FROM evidence"))
    # When a sweep comes by, then nothing begins, and nothing waits
    assert follower.sweep(stage.engine) == 0
    assert stage.one("SELECT count(*) FROM sightings") == 0


def test_what_no_agent_can_look_at_is_forgotten_with_a_word(stage: Stage, look: Look, intake: Intake) -> None:
    # Given a catalogue in which nobody looks at repositories any more
    specs = {name: spec for name, spec in intake.specs.items() if name != "github"}
    look(FLASK, release("v1"))
    look(FLASK, release("v1"), release("v2"))
    # When a sweep comes by, then nothing begins, and nothing waits
    less = Intake(engine=intake.engine, relay=intake.relay, specs=specs, limits=intake.limits)
    assert Follower(less, days=7).sweep(stage.engine) == 0
    assert stage.one("SELECT count(*) FROM sightings") == 0
