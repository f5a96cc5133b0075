"""How fresh each source is and how much of it was seen: told from the last look, the worst first."""

from datetime import timedelta
from uuid import UUID

import pytest
from support.stages import Stage

from agents.contract import AgentReport, CoverageState, Target, TargetKind, Work
from agents.errors import BadEvidenceError
from orchestrator.collection import freshness
from orchestrator.collection.freshness import Freshness, read_freshness

from .conftest import FEED, LOCK, OSV, House, collected

pytestmark = pytest.mark.services

GIT = Target(kind=TargetKind.GIT, location="/srv/flask", max_age_seconds=86_400)


def told(stage: Stage, **chosen: str) -> dict[tuple[str, str], Freshness]:
    """Return what is told of each source, the worst first."""
    with stage.engine.connect() as conn:
        return {(one.target, one.source): one for one in read_freshness(conn, **chosen)}  # type: ignore[arg-type]


def age(house: House, target: Target, *, by: timedelta) -> None:
    """Let it be as if a target had been read as long ago."""
    house.sql("UPDATE cursors SET at = at - :by WHERE target = :t", by=by, t=target.id)
    house.sql("UPDATE runs SET created_at = created_at - :by, finished_at = finished_at - :by", by=by)
    shift = "jsonb_set(result, '{coverage,0,as_of}', to_jsonb((result #>> '{coverage,0,as_of}')::timestamptz - :by))"
    house.sql(
        f"UPDATE steps SET finished_at = finished_at - :by, result = CASE WHEN result #> '{{coverage,0}}' IS NULL "  # noqa: S608  our own words
        f"THEN result ELSE {shift} END WHERE spec ->> 'target' = :t",
        by=by,
        t=target.id,
    )


def fails(_: Work) -> AgentReport:
    raise BadEvidenceError("/srv/flask: no repository: clone it")


@pytest.fixture
def looked(house: House) -> UUID:
    """Have a look at three targets: all of one was seen, part of another, and the third could not be read."""
    house.does["collect:dependencies"] = lambda _: collected(LOCK, strays=("a", "b"))
    house.does["collect:osv"] = lambda _: collected(LOCK, source="osv", state=CoverageState.ZERO)
    house.does[FEED.id] = lambda _: collected(FEED, source="feed", state=CoverageState.PARTIAL, detail="cut")
    house.does["collect:git"] = fails
    return house.look(LOCK, FEED, GIT, OSV, look=["health", "exposure"])


def test_each_source_is_told_as_its_last_look_saw_it_the_worst_first(house: House, looked: UUID, stage: Stage) -> None:
    # Given / When
    found = told(stage, target=LOCK.id) | told(stage)
    # Then what failed says why, and what was seen says how much, and how old it is against what it may be
    one = found[LOCK.id, "manifest"]
    assert (one.state, one.items, one.run_id, one.max_age, one.quarantined) == ("complete", 7, looked, 3_600, 2)
    assert one.read_at is not None
    assert (one.age is not None and one.age < 3_600, one.late) == (True, False)
    assert (found[LOCK.id, "osv"].state, found[FEED.id, "feed"].detail) == (CoverageState.ZERO, "cut")
    failed = found[GIT.id, "collect:git"]
    assert (failed.state, failed.read_at, failed.age) == (CoverageState.FAILED, None, None)
    assert "no repository: clone it" in failed.detail
    assert list(told(stage))[:2] == [(GIT.id, "collect:git"), (FEED.id, "feed")]
    # And a target, or a source, alone
    assert {target for target, _ in told(stage, target=LOCK.id)} == {LOCK.id}
    assert set(told(stage, source="feed")) == {(FEED.id, "feed")}


@pytest.mark.usefixtures("looked")
def test_what_is_older_than_it_may_be_is_late(house: House, stage: Stage) -> None:
    # Given a target that was read twice as long ago as it may be, and another as long ago, which may be older
    age(house, LOCK, by=timedelta(hours=2))
    age(house, FEED, by=timedelta(hours=2))
    # When / Then it is late, and comes before what was seen in part
    found = told(stage)
    assert [place for place, one in found.items() if one.late] == [(LOCK.id, "osv"), (LOCK.id, "manifest")]
    assert list(found).index((LOCK.id, "manifest")) < list(found).index((FEED.id, "feed"))


@pytest.mark.usefixtures("looked")
def test_a_source_that_fails_today_was_read_yesterday(house: House, stage: Stage) -> None:
    # Given a source that was read, and cannot be read in the last look
    house.does["collect:osv"] = lambda _: collected(
        LOCK, source="osv", state=CoverageState.FAILED, detail="away", cursors={}
    )
    before = told(stage)[LOCK.id, "osv"].read_at
    last = house.look(LOCK, OSV)
    # When it is told, then the failure is the last look's, and the data is as old as it was
    one = told(stage)[LOCK.id, "osv"]
    assert (one.state, one.detail, one.run_id, one.read_at) == (CoverageState.FAILED, "away", last, before)


def test_a_run_that_goes_on_is_no_look_yet(house: House, looked: UUID, stage: Stage) -> None:
    # Given a look that has not ended, of which the first step has
    house.does["collect:dependencies"] = lambda _: collected(LOCK, state=CoverageState.PARTIAL)
    last = house.look(LOCK)
    house.sql("UPDATE runs SET finished_at = NULL, state = 'running' WHERE id = :run", run=last)
    # When it is told, then the coverage is the last ended look's
    one = told(stage)[LOCK.id, "manifest"]
    assert (one.state, one.run_id) == (CoverageState.COMPLETE, looked)


@pytest.mark.usefixtures("looked")
def test_what_no_run_knows_any_more_is_told_as_far_as_it_is_known(house: House, stage: Stage) -> None:
    # Given runs whose details are gone
    house.sql("DELETE FROM attempts")
    house.sql("DELETE FROM steps")
    # When it is told, then it is known when each was read, and what was put aside
    one = told(stage)[LOCK.id, "manifest"]
    assert (one.state, one.items, one.max_age, one.late, one.detail) == (None, None, None, False, "")
    assert one.read_at is not None
    assert one.quarantined == 2
    assert {source for _, source in told(stage)} == {"manifest", "osv", "feed"}


def test_a_look_that_is_not_among_the_newest_is_found_by_its_cursor(house: House, looked: UUID, stage: Stage) -> None:
    # Given so many newer runs that the look is not among those which are searched
    house.sql("""
        INSERT INTO runs (id, tenant, trigger_key, kind, state, priority, trigger, plan, deadline_at, finished_at)
        SELECT gen_random_uuid(), 'default', 'k' || n, 'monitor', 'succeeded', 2, '{}', '{}', now(), now()
        FROM generate_series(1, 250) n
    """)
    # When it is told, then the look is known all the same
    assert told(stage)[LOCK.id, "manifest"].run_id == looked


@pytest.mark.usefixtures("looked")
def test_large_runs_are_searched_in_smaller_numbers(
    house: House, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a newer look at one target, and room for the targets of one run
    last = house.look(FEED)
    monkeypatch.setattr(freshness, "MOST_TARGETS", 1)
    # When it is told, then the older look is known where a cursor leads to it, or the newer one saw the same
    found = told(stage)
    assert found[FEED.id, "feed"].run_id == last
    house.sql("DELETE FROM cursors")
    assert set(told(stage)) == {(FEED.id, "feed"), (LOCK.id, "manifest")}, "of the lock file, what was put aside"


@pytest.mark.usefixtures("looked")
def test_other_tenants_are_not_told_of(house: House, stage: Stage) -> None:
    # Given / When / Then
    for table in ("runs", "cursors", "quarantine"):
        house.sql(f"UPDATE {table} SET tenant = 'other'")  # noqa: S608  our own tables
    assert told(stage) == {}
