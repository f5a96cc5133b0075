"""Much that is new at once: the first reading of a part is no news, and nothing keeps an advisory waiting."""

import pytest
from sqlalchemy import text
from support.stages import Stage

from agents.sources.github import advisories, releases
from orchestrator.domain.triggers import Priority
from orchestrator.intake import Intake
from orchestrator.sighting.following import Follower
from orchestrator.store.news import CURSORS

from .conftest import FLASK, FOLDER, LOCK, Look, advisory, followed, release, uses

pytestmark = pytest.mark.services


class _Gate:
    """An intake with room for what is urgent alone."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def __getattr__(self, name: str) -> object:
        return getattr(self._intake, name)

    def has_room(self, priority: Priority) -> bool:
        return priority <= Priority.CRITICAL


def test_the_cursors_that_tell_of_news_are_those_of_the_readers() -> None:
    assert set(CURSORS.values()) == {releases.SOURCE, advisories.SOURCE}


@pytest.mark.parametrize("read", [("github", "github:issues"), ("github", "github:advisories")])
def test_a_part_that_failed_so_far_brings_no_news(
    stage: Stage, look: Look, follower: Follower, read: tuple[str, ...]
) -> None:
    # Given a repository whose releases could not be read at the first look
    look(FLASK, read=read)
    # When they can, all at once
    look(FLASK, *(release(f"v{number}") for number in range(30)))
    # Then none is news; the next one is
    assert follower.sweep(stage.engine) == 0
    look(FLASK, release("v99"))
    assert follower.sweep(stage.engine) == 1


def test_a_cursor_that_was_given_up_tells_of_nothing(stage: Stage, look: Look, follower: Follower) -> None:
    look(FLASK)
    with stage.engine.begin() as conn:
        conn.execute(text("""UPDATE cursors SET value = '{"value": {}}'"""))
    look(FLASK, release("v1"))
    assert follower.sweep(stage.engine) == 0


def test_one_look_starts_no_more_than_so_many_runs(stage: Stage, look: Look, intake: Intake) -> None:
    # Given more new releases than are followed within an hour
    few = Follower(intake, days=7, most=3)
    look(FLASK)
    look(FLASK, *(release(f"v{number}") for number in range(5)))
    # When sweeps come by, then so many are followed, and the others are left
    assert few.sweep(stage.engine) == 3
    look(FLASK, release("v9"))
    assert few.sweep(stage.engine) == 0
    assert stage.one("SELECT count(*) FROM sightings") == 0
    # And an hour later there is room again
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE sighted SET followed_at = followed_at - interval '61 minutes'"))
    look(FLASK, release("v10"))
    assert few.sweep(stage.engine) == 1


def test_an_advisory_goes_before_releases_that_have_no_room(stage: Stage, look: Look, intake: Intake) -> None:
    # Given more releases than fill a lot, and no room for them, and then an advisory
    look(LOCK, uses(LOCK, "lamp"), source="manifest")
    look(LOCK, source="osv")
    look(FLASK)
    look(FLASK, *(release(f"v{number}") for number in range(5)))
    look(LOCK, advisory("GHSA-urgent", at=LOCK), source="osv")
    # When a sweep comes by
    gate = Follower(_Gate(intake), days=7, lot=2)  # type: ignore[arg-type]
    swept = gate.sweep(stage.engine)
    # Then it is followed, where it is as urgent, and the releases wait
    assert swept == 1
    assert [row.trigger["subject"] for row in followed(stage)] == ["GHSA-urgent"]
    assert stage.one("SELECT count(*) FROM sightings") == 5


def test_what_concerns_nobody_goes_by_the_lot(stage: Stage, look: Look, intake: Intake) -> None:
    # Given many advisories about what nobody uses, and one about what somebody does
    look(LOCK, uses(LOCK, "lamp"), source="manifest")
    look(FOLDER, source="osv")
    strange = [advisory(f"MAL-{number}", at=FOLDER, package=f"q{number}") for number in range(50)]
    look(FOLDER, *strange, advisory("GHSA-1", at=FOLDER), source="osv")
    # When one sweep comes by, then it finds that one, and nothing waits
    assert Follower(intake, days=7, lot=10).sweep(stage.engine) == 1
    assert stage.one("SELECT count(*) FROM sightings") == 0


def test_a_sweep_ends_after_its_time(stage: Stage, look: Look, intake: Intake) -> None:
    # Given a clock on which each lot takes a second
    clock = iter(range(100))
    look(FLASK)
    look(FLASK, *(release(f"v{number}", days=8) for number in range(5)))
    # When a sweep comes by, then it does one lot, and leaves the others to the next ones
    Follower(intake, days=7, lot=2, clock=lambda: next(clock)).sweep(stage.engine)
    assert stage.one("SELECT count(*) FROM sightings") == 3


@pytest.mark.parametrize(
    "before", [release("v9", prerelease=True), release("v9", draft=True), release("v9", days=None)]
)
def test_a_release_that_comes_out_is_news(stage: Stage, look: Look, follower: Follower, before: object) -> None:
    # Given a release that was no release yet
    look(FLASK)
    look(FLASK, before)
    assert follower.sweep(stage.engine) == 0
    # When it is out, then it is followed, once
    for _ in range(2):
        look(FLASK, release("v9", draft=False, prerelease=False))
    assert follower.sweep(stage.engine) == 1
    look(FLASK, release("v9", draft=False, prerelease=False))
    assert follower.sweep(stage.engine) == 0


def test_what_another_sweep_overtook_waits_for_the_next_one(stage: Stage, look: Look, intake: Intake) -> None:
    # Given a sweep during whose planning another one follows the same
    look(FLASK)
    look(FLASK, release("v1"))
    other = Follower(intake, days=7)

    class Slow(_Gate):
        def has_room(self, priority: Priority) -> bool:
            other.sweep(stage.engine)
            return priority >= Priority.CRITICAL

    # When it comes to its turn, then it starts nothing again
    slow = Follower(Slow(intake), days=7)  # type: ignore[arg-type]
    assert slow.sweep(stage.engine) == 0
    assert len(followed(stage)) == 1
