"""An advisory is followed about all who use its package, whoever watches them, and once for each."""

import json

import pytest
from sqlalchemy import text
from support.stages import Stage

from agents.contract import Target, TargetKind
from orchestrator.intake import Intake
from orchestrator.sighting.following import Follower

from .conftest import FLASK, FOLDER, LOCK, OSV, OTHER, Look, advisory, followed, uses

pytestmark = pytest.mark.services

HEALTHY = Target(kind=TargetKind.GIT, location="/srv/healthy", look=("health",))
THIRD = Target(kind=TargetKind.SBOM, location="/srv/third")


def schedule(stage: Stage, name: str, *targets: object, enabled: bool = True, retired: bool = False) -> None:
    told = [target.model_dump(mode="json") if isinstance(target, Target) else target for target in targets]
    statement = """
        INSERT INTO schedules (name, watchlist, trigger, every_seconds, next_due, enabled, retired)
        VALUES (:name, 'w', CAST(:trigger AS jsonb), 3600, now(), :enabled, :retired)
    """
    values = {"trigger": json.dumps({"targets": told}), "enabled": enabled, "retired": retired}
    with stage.engine.begin() as conn:
        conn.execute(text(statement), {"name": name, **values})


def locations(stage: Stage) -> list[list[str]]:
    return [[target["location"] for target in row.trigger["targets"]] for row in followed(stage)]


@pytest.fixture(autouse=True)
def known(look: Look) -> None:
    """Two lock files with the same package, each in a run of its own, whose advisories were read before."""
    for lock in (LOCK, OTHER):
        look(lock, uses(lock, "lamp"), source="manifest", targets=(lock, OSV))
        look(lock, source="osv", targets=(lock, OSV))


def test_all_users_have_one_run_whichever_schedule_has_them(stage: Stage, look: Look, follower: Follower) -> None:
    # Given two lock files in two schedules
    schedule(stage, "hourly", LOCK, OSV)
    schedule(stage, "daily", OTHER, OSV)
    # When each look sees the same advisory
    look(LOCK, advisory("GHSA-1", at=LOCK), source="osv", targets=(LOCK, OSV))
    look(OTHER, advisory("GHSA-1", "CVE-2026-1", at=OTHER), source="osv", targets=(OTHER, OSV))
    # Then it is one run, about both
    assert follower.sweep(stage.engine) == 1
    assert locations(stage) == [["/srv/lock", "/srv/other", "osv"]]
    assert stage.one("SELECT count(*) FROM sightings") == 0


def test_a_user_that_turns_up_later_has_a_run_of_its_own(stage: Stage, look: Look, follower: Follower) -> None:
    # Given an advisory that was followed
    look(LOCK, advisory("GHSA-1", "CVE-2026-1", at=LOCK), source="osv", targets=(LOCK, OSV))
    assert follower.sweep(stage.engine) == 1
    # When another lock file comes, whose second look sees it under its other name
    look(THIRD, uses(THIRD, "lamp"), source="manifest", targets=(THIRD, OSV))
    look(THIRD, source="osv", targets=(THIRD, OSV))
    look(THIRD, advisory("CVE-2026-1", at=THIRD), source="osv", targets=(THIRD, OSV))
    # Then the new one alone is looked at
    assert follower.sweep(stage.engine) == 1
    assert locations(stage)[1] == ["/srv/third", "osv"]
    # And nobody is looked at again
    look(FLASK)
    look(FLASK, advisory("GHSA-1", at=FLASK, source="github"))
    assert follower.sweep(stage.engine) == 0
    assert len({row.trigger_key for row in followed(stage)}) == 2


@pytest.mark.parametrize("state", [{"enabled": False}, {"retired": True}])
def test_what_is_paused_or_taken_out_of_the_watchlist_is_no_user(
    stage: Stage, look: Look, follower: Follower, state: dict[str, bool]
) -> None:
    schedule(stage, "gone", OTHER, OSV, **state)
    look(LOCK, advisory("GHSA-1", at=LOCK), source="osv", targets=(LOCK, OSV))
    assert follower.sweep(stage.engine) == 1
    assert locations(stage) == [["/srv/lock", "osv"]]


def test_a_target_that_cannot_be_read_here_is_no_user(stage: Stage, look: Look, follower: Follower) -> None:
    schedule(stage, "newer", {"kind": "satellite", "location": "x"}, OTHER)
    look(LOCK, advisory("GHSA-1", at=LOCK), source="osv", targets=(LOCK, OSV))
    assert follower.sweep(stage.engine) == 1
    assert locations(stage) == [["/srv/lock", "/srv/other", "osv"]]


def test_a_target_nobody_looked_at_for_long_is_no_user(stage: Stage, look: Look, follower: Follower) -> None:
    # Given a lock file that no schedule has, and that was looked at by hand two months ago
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE runs SET created_at = created_at - interval '60 days'"))
    look(LOCK, advisory("GHSA-1", at=LOCK), source="osv", targets=(LOCK, OSV))
    assert follower.sweep(stage.engine) == 1
    assert locations(stage) == [["/srv/lock", "osv"]]


def test_what_is_not_looked_at_for_flaws_keeps_nobody_else_from_a_run(
    stage: Stage, look: Look, follower: Follower
) -> None:
    # Given a clone that is looked at for its health alone, and has the package
    look(HEALTHY, uses(HEALTHY, "lamp"), source="manifest", targets=(HEALTHY, OSV))
    look(HEALTHY, source="osv", targets=(HEALTHY, OSV))
    # When its look sees the advisory, then the others have their run
    look(HEALTHY, advisory("GHSA-9", at=HEALTHY), source="osv", targets=(HEALTHY, OSV))
    assert follower.sweep(stage.engine) == 1
    assert locations(stage) == [["/srv/lock", "/srv/other", "osv"]]


def test_what_could_not_be_planned_is_followed_once_it_can(stage: Stage, look: Look, intake: Intake) -> None:
    # Given a catalogue in which nobody looks for flaws
    specs = {name: spec for name, spec in intake.specs.items() if name != "security"}
    less = Intake(engine=intake.engine, relay=intake.relay, specs=specs, limits=intake.limits)
    look(LOCK, advisory("GHSA-1", at=LOCK), source="osv", targets=(LOCK, OSV))
    assert Follower(less, days=7).sweep(stage.engine) == 0
    # When another look sees it, and somebody does
    look(OTHER, advisory("GHSA-1", at=OTHER), source="osv", targets=(OTHER, OSV))
    # Then its name was not used up
    assert Follower(intake, days=7).sweep(stage.engine) == 1


def test_an_advisory_waits_for_the_dependencies_of_its_own_run(stage: Stage, look: Look, follower: Follower) -> None:
    # Given a run that reads advisories first
    look(FOLDER, source="osv")
    run = look(FOLDER, advisory("GHSA-2", at=FOLDER, package="candle"), source="osv", ended=False)
    assert follower.sweep(stage.engine) == 0
    # When it has read the dependencies, and ended
    look(LOCK, uses(LOCK, "candle"), source="manifest")
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE runs SET state = 'succeeded', finished_at = now() WHERE id = :run"), {"run": run})
    # Then its advisory is followed
    assert follower.sweep(stage.engine) == 1


def test_an_advisory_does_not_wait_for_ever(stage: Stage, look: Look, follower: Follower) -> None:
    look(LOCK, advisory("GHSA-1", at=LOCK), source="osv", ended=False)
    assert follower.sweep(stage.engine) == 0
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE sightings SET at = now() - interval '61 minutes'"))
    assert follower.sweep(stage.engine) == 1


def test_an_advisory_is_as_old_as_its_publication(stage: Stage, look: Look, follower: Follower) -> None:
    # When two come that were changed yesterday, one of them published a year ago
    look(LOCK, advisory("GHSA-1", at=LOCK, published=365), advisory("GHSA-2", at=LOCK, published=2), source="osv")
    # Then the other one is followed
    assert follower.sweep(stage.engine) == 1
    assert followed(stage)[0].trigger["subject"] == "GHSA-2"


def test_an_advisory_that_comes_to_name_what_is_used_is_news(stage: Stage, look: Look, follower: Follower) -> None:
    # Given an advisory about what nobody uses
    look(LOCK, advisory("GHSA-1", at=LOCK, package="candle"), source="osv")
    assert follower.sweep(stage.engine) == 0
    # When it is said to be about another package, then it is followed, once
    for _ in range(2):
        look(LOCK, advisory("GHSA-1", at=LOCK, package="lamp"), source="osv")
    assert follower.sweep(stage.engine) == 1
    assert follower.sweep(stage.engine) == 0


def test_names_without_end_are_cut(stage: Stage, look: Look, follower: Follower) -> None:
    look(LOCK, advisory("X-1", *(f"A-{number}" for number in range(5_000)), at=LOCK), source="osv")
    assert follower.sweep(stage.engine) == 1
    assert len(followed(stage)[0].trigger["options"]["aliases"]) == 100
    assert stage.one("SELECT count(*) FROM sighted") == 101


def test_a_run_belongs_to_the_tenant_that_saw_it(stage: Stage, look: Look, follower: Follower) -> None:
    # Given a lock file of another tenant
    look(THIRD, uses(THIRD, "lamp"), source="manifest", targets=(THIRD, OSV), tenant="other")
    look(THIRD, source="osv", targets=(THIRD, OSV), tenant="other")
    with stage.engine.begin() as conn:
        conn.execute(
            text("UPDATE runs SET tenant = 'other' WHERE plan @? '$.targets[*] ? (@.location == \"/srv/third\")'")
        )
    # When it sees an advisory, then the run is its own, and about nobody else
    look(THIRD, advisory("GHSA-1", at=THIRD), source="osv", targets=(THIRD, OSV), tenant="other")
    assert follower.sweep(stage.engine) == 1
    assert [row.tenant for row in followed(stage)] == ["other"]
    assert locations(stage) == [["/srv/third", "osv"]]
