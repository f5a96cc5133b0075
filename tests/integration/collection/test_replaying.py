"""What was put aside is met again: the cursor goes back and a run is there, both or neither; asked twice, it is one."""

from uuid import UUID

import pytest
from support.runners import Line
from support.stages import Stage

from agents.contract import Target, TargetKind
from orchestrator.admission.bounds import Bounds
from orchestrator.admission.gate import Gate
from orchestrator.collection.errors import CollectionError
from orchestrator.collection.replaying import Replay, Replayed, replay
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.errors import AdmissionError, PlanningError
from orchestrator.intake import Intake
from orchestrator.store.evidence import read_cursors
from orchestrator.store.runs import RunView, read_run

from .conftest import FEED, LOCK, OSV, House, collected

pytestmark = pytest.mark.services


def again(house: House, target: Target = LOCK, source: str | None = None) -> Replayed:
    return replay(house.intake, Replay(target.id, source))


def view(stage: Stage, run_id: UUID) -> RunView:
    with stage.engine.connect() as conn:
        return read_run(conn, run_id, tenant="default")


def aside(stage: Stage) -> int:
    return int(str(stage.one("SELECT count(*) FROM quarantine")))


def cursors(stage: Stage, target: Target = LOCK) -> set[str]:
    with stage.engine.connect() as conn:
        return set(read_cursors(conn, tenant="default", target=target.id))


@pytest.fixture
def strays(house: House) -> UUID:
    """Have a look at two targets and a service, of which two items of one target could not be read."""
    house.does[LOCK.id] = lambda _: collected(LOCK, strays=("a", "b"))
    house.does[FEED.id] = lambda _: collected(FEED, source="feed", strays=("entry 1",))
    return house.look(LOCK, FEED, OSV, label="shop", look=["exposure", "health"])


@pytest.mark.usefixtures("strays")
def test_what_was_mended_is_read_once_its_cursor_has_gone_back(house: House, stage: Stage) -> None:
    # Given two items that could not be read, and what was collected beside them
    facts = stage.one("SELECT count(*) FROM evidence")
    # When the target is read again from its beginning
    done = again(house)
    # Then its cursors and those items are forgotten, nothing else, and a run about it waits
    assert (done.accepted.fresh, done.items, done.sources) == (True, 2, ("manifest",))
    assert (cursors(stage), cursors(stage, FEED), aside(stage)) == (set(), {"feed"}, 1)
    assert stage.one("SELECT count(*) FROM evidence") == facts
    # And when that run is done, with one of them mended, it began at the beginning, and the other is put aside again
    house.does[LOCK.id] = lambda _: collected(LOCK, strays=("b",))
    house.cursors.clear()
    house.play(done.accepted.run_id)
    assert house.cursors[0] == ("collect:dependencies", {})
    assert stage.one("SELECT key FROM quarantine WHERE target = :t", t=LOCK.id) == "b"


@pytest.mark.usefixtures("strays")
def test_the_run_knows_the_target_as_the_last_run_did(house: House, stage: Stage) -> None:
    # Given a target whose tier was changed since its items were put aside, and a later run without it
    house.does[LOCK.id] = lambda _: collected(LOCK)
    house.look(LOCK.model_copy(update={"tier": "tools", "options": {"optional": True}}), OSV, label="new")
    house.look(FEED)
    # When it is read again
    run = view(stage, again(house).accepted.run_id)
    # Then its run is about it as it is now, compared with what it was compared with, and nothing else
    assert [(target.id, target.tier) for target in run.plan.targets] == [(LOCK.id, "tools"), (OSV.id, "tools")]
    assert run.plan.targets[0].options == {"optional": True}
    assert (run.trigger.source, run.trigger.options) == ("quarantine", {"label": "new"})
    assert run.subject == f"{LOCK.id} from its beginning"
    assert run.key.startswith("caller:quarantine/")


@pytest.mark.usefixtures("strays")
def test_asked_again_it_is_the_same_run_until_something_new_is_put_aside(house: House, stage: Stage) -> None:
    # Given a target that is read again
    first = again(house)
    # When it is asked for once more, before and after the end of its run, then it is the same one
    house.does[LOCK.id] = lambda _: collected(LOCK)
    assert again(house).accepted.run_id == first.accepted.run_id
    house.play(first.accepted.run_id)
    second = again(house)
    assert (second.accepted.run_id, second.accepted.fresh, second.items) == (first.accepted.run_id, False, 0)
    assert cursors(stage) == {"manifest"}, "the second wish forgot nothing"
    # And when something was put aside since, it is another
    house.does[LOCK.id] = lambda _: collected(LOCK, strays=("a",))
    house.look(LOCK)
    third = again(house)
    assert (third.accepted.fresh, third.items) == (True, 1)
    assert third.accepted.run_id != first.accepted.run_id


def test_one_source_goes_back_alone(house: House, stage: Stage) -> None:
    # Given a target of which two sources have items that could not be read
    house.does["collect:dependencies"] = lambda _: collected(LOCK, strays=("a",))
    house.does["collect:osv"] = lambda _: collected(LOCK, source="osv", strays=("b",))
    house.look(LOCK, OSV)
    # When one of them is read again, then the other keeps its cursor and what was put aside
    done = again(house, source="osv")
    assert (done.items, done.sources, cursors(stage), aside(stage)) == (1, ("osv",), {"manifest"}, 1)
    assert view(stage, done.accepted.run_id).subject == f"{LOCK.id} from its beginning, source osv"
    # And a source that has none of either is refused
    with pytest.raises(CollectionError, match=f"nothing of {LOCK.id}, from git was put aside; there is something of"):
        again(house, source="git")


def test_a_service_alone_is_read_again(house: House, stage: Stage) -> None:
    # Given a list of a service, of which an entry could not be read
    kev = Target(kind=TargetKind.ADVISORIES, location="kev")
    house.does[kev.id] = lambda _: collected(kev, source="kev", strays=("CVE-1",))
    house.look(LOCK, kev)
    # When it is read again, then its run is about it
    assert [target.id for target in view(stage, again(house, kev).accepted.run_id).plan.targets] == [kev.id]


@pytest.mark.usefixtures("strays")
def test_while_a_run_reads_the_target_nothing_is_forgotten(house: House, stage: Stage) -> None:
    # Given a run that is reading the target, and knows how far it was read
    run = house.intake.accept(view(stage, house.look(LOCK)).trigger).run_id
    with house.reading(run, "collect:dependencies%"):
        # When it is to be read again, then that is refused, and nothing has changed
        runs = stage.one("SELECT count(*) FROM runs")
        with pytest.raises(CollectionError, match=f"is being read right now, by collect:.* of run {run}"):
            again(house)
        assert (cursors(stage), aside(stage)) == ({"manifest"}, 3)
        assert stage.one("SELECT count(*) FROM runs") == runs
        # And another target is none of its business
        assert again(house, FEED).items == 1
    # And once it has ended, it can be
    assert again(house).accepted.fresh


@pytest.mark.usefixtures("strays")
def test_where_there_is_no_room_nothing_is_forgotten(house: House, stage: Stage) -> None:
    # Given room for one run, which another has
    house.intake.accept(Trigger(kind=TriggerKind.MONITOR, targets=(FEED,)))
    full = Gate(stage.engine, Bounds(1, 1_000, reserve=0))
    crowded = Intake(house.intake.engine, house.intake.relay, house.intake.specs, house.intake.limits, gate=full)
    # When / Then
    with pytest.raises(AdmissionError):
        replay(crowded, Replay(LOCK.id))
    assert (cursors(stage), aside(stage)) == ({"manifest"}, 3)


@pytest.mark.usefixtures("strays")
def test_where_nobody_can_do_it_nothing_is_forgotten(house: House, stage: Stage) -> None:
    # Given a catalogue from which whoever collects is gone
    specs = {name: spec for name, spec in house.intake.specs.items() if name != "data_manager"}
    poor = Intake(house.intake.engine, house.intake.relay, specs, house.intake.limits)
    # When / Then
    with pytest.raises(PlanningError):
        replay(poor, Replay(LOCK.id))
    assert (cursors(stage), aside(stage)) == ({"manifest"}, 3)


@pytest.mark.usefixtures("strays")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_line_that_is_cut_leaves_one_run_and_no_cursor(
    when: str, house: House, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a line to the database that is cut around the commit
    line = Line(house.intake.engine, monkeypatch)
    runs = int(str(stage.one("SELECT count(*) FROM runs")))
    line.cut(when)
    # When a target is read again
    done = again(house)
    # Then one run does that, and it is told as new
    assert line.was_cut
    assert done.accepted.fresh
    assert stage.one("SELECT count(*) FROM runs") == runs + 1
    assert (cursors(stage), aside(stage)) == (set(), 1)


def test_what_is_not_known_is_told_with_what_there_is(house: House, strays: UUID, stage: Stage) -> None:
    # Given / When / Then a target that is nearly the one
    with pytest.raises(CollectionError) as caught:
        replay(house.intake, Replay("sbom:/srv/lok"))
    assert str(caught.value) == (
        f"nothing of sbom:/srv/lok was put aside; did you mean '{LOCK.id}'?; "
        f"there is something of {FEED.id}, {LOCK.id}: `lookout quarantine` lists it"
    )
    # And one whose runs are all forgotten
    house.sql("DELETE FROM runs WHERE id = :run", run=strays)
    with pytest.raises(CollectionError, match=f"no run is known any more that looked at {LOCK.id}: have it on a watch"):
        again(house)
    # And where nothing was put aside
    house.sql("DELETE FROM quarantine")
    with pytest.raises(CollectionError, match="was put aside; nothing was put aside at all: "):
        again(house)
    assert stage.one("SELECT count(*) FROM runs") == 0


def test_targets_with_names_like_statements_are_only_names(house: House, stage: Stage) -> None:
    # Given a target whose name is long and full of what means something elsewhere
    odd = Target(kind=TargetKind.SBOM, location="/srv/%s{x}'\"; DROP TABLE runs--\u202e" + "y" * 600)
    house.does[odd.id] = lambda _: collected(odd, strays=("a%\x00",))
    house.look(odd)
    # When it is read again, then it is that target
    done = again(house, odd)
    assert (done.items, again(house, odd).accepted.run_id) == (1, done.accepted.run_id)
    assert len(view(stage, done.accepted.run_id).subject) == 500
