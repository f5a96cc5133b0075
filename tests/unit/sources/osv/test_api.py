"""What the OSV service knows of a target's packages: asked in lots, read once, and gone where it is gone."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue
from support.services import Said
from unit.sources.osv.osv_service import record
from unit.sources.osv.world import World, uses

from agents.contract import CoverageState, TargetKind
from agents.errors import AgentError, QuotaExhaustedError, SourceUnavailableError, StoppedError
from agents.sources.http.client import Http
from agents.sources.http.errors import DeniedError, GoneError, RefusedError
from agents.sources.look import Look
from agents.sources.osv import api, fetching, memory, naming
from agents.sources.osv.api import read_known
from agents.sources.osv.memory import Memory, settle, wanted
from agents.sources.osv.questions import Question


def asked(world: World) -> list[list[object]]:
    """Return the questions of each batch that was sent."""
    return [one.json()["queries"] for one in world.there.heard if one.method == "POST"]


def test_each_package_is_asked_about_once_in_its_version_and_what_is_known_is_evidence(world: World) -> None:
    # Given a service that knows of flaws, and a target's dependencies, some of them twice, unpinned or nameless
    world.osv.add(
        record("A", aliases=["CVE-2024-1"]),
        record("B", package="rope", versions=["3.0"]),
        record("C", versions=["9.9"]),
        record("D", package="wick"),
    )
    dependencies = [
        uses("rope", "", specifier=">=1"),
        uses("lamp"),
        uses("lamp", file="other.txt"),
        uses("wick", "1.0", pinned=False),
        uses("left", ecosystem=""),
        uses("tide", "2.0", ecosystem="Debian:12"),
    ]
    # When it is asked
    found = world.look(*dependencies)
    # Then it was asked about each once, without a version where none is pinned
    assert asked(world) == [
        [
            {"package": {"name": "tide", "ecosystem": "Debian:12"}, "version": "2.0"},
            {"package": {"name": "lamp", "ecosystem": "PyPI"}, "version": "1.0"},
            {"package": {"name": "rope", "ecosystem": "PyPI"}},
            {"package": {"name": "wick", "ecosystem": "PyPI"}},
        ]
    ]
    # And what it knows is evidence about the target, filed under what it is about
    assert [(one.key, one.kind, one.source, one.target) for one in found.evidence] == [
        (name, "advisory", "osv", "sbom:/srv/lock") for name in "ABD"
    ]
    assert found.evidence[0].at == datetime(2024, 1, 2, tzinfo=UTC)
    assert {"flaw:A", "flaw:CVE-2024-1", "package:pypi/lamp"} <= set(found.evidence[0].about)
    # And the first look says all that is true, and what could not be asked
    assert found.replaces == ("advisory",)
    (coverage,) = found.coverage
    assert (coverage.state, coverage.items) == (CoverageState.PARTIAL, 3)
    assert coverage.detail == (
        "4 packages asked about; dependencies that name no package of an ecosystem, and cannot be asked about: 1"
    )


def test_what_did_not_change_is_not_read_again(world: World) -> None:
    # Given a look at three advisories
    world.osv.add(record("A"), record("B"), record("C"))
    first = world.look(uses("lamp"))
    # When one of them changed, and one is new
    world.osv.add(record("B", modified="2024-03-01T00:00:00Z", summary="worse"), record("D"))
    second = world.look(uses("lamp"))
    # Then those alone are read and told, and the others stay
    assert (world.read, [one.key for one in second.evidence]) == (["B", "D"], ["B", "D"])
    assert (second.replaces, sorted(world.stored), world.stored["B"].title) == ((), ["A", "B", "C", "D"], "worse")
    assert second.coverage[0].items == 4
    # When nothing changed
    third = world.look(uses("lamp"))
    # Then nothing is told, and the coverage is the same
    assert (world.read, third.evidence, third.replaces, third.cursor) == ([], (), (), second.cursor)
    assert third.coverage == second.coverage
    assert first.coverage[0].state is third.coverage[0].state is CoverageState.COMPLETE


def test_an_advisory_that_says_no_time_of_its_last_change_is_asked_for_each_time(world: World) -> None:
    world.osv.add(record("A"))
    world.osv.named = {"lamp": {"vulns": [{"id": "A"}]}}
    for _ in range(2):
        assert [one.key for one in world.look(uses("lamp")).evidence] == ["A"]
        assert world.read == ["A"]


def test_an_advisory_that_is_withdrawn_is_gone_and_the_others_stay(world: World) -> None:
    # Given a look at three advisories
    world.osv.add(record("A"), record("B"), record("C"))
    world.look(uses("lamp"))
    # When one is withdrawn: the service names it no more
    world.osv.add(record("B", withdrawn="2024-05-01T00:00:00Z"))
    found = world.look(uses("lamp"))
    # Then the others are told anew, which costs nothing where they are the same, and are the whole truth
    assert ([one.key for one in found.evidence], found.replaces) == (["A", "C"], ("advisory",))
    assert sorted(world.stored) == ["A", "C"]
    assert found.coverage[0].detail == "1 package asked about"
    # And the look after that has nothing to do
    assert world.look(uses("lamp")).evidence == ()
    assert world.read == []


def test_a_dependency_that_is_gone_takes_its_advisories_along(world: World) -> None:
    # Given a look at one dependency
    world.osv.add(record("A"))
    world.look(uses("lamp"))
    # When the target uses nothing any more
    found = world.look()
    # Then nothing is asked, and nothing is true any more
    assert (asked(world), found.evidence, found.replaces, world.stored) == ([], (), ("advisory",), {})
    assert found.coverage[0].state is CoverageState.ZERO
    assert found.coverage[0].detail == "no package to ask about"


def test_nothing_is_said_to_be_gone_while_another_cannot_be_read(world: World) -> None:
    # Given three advisories, of which one is withdrawn while another cannot be had
    world.osv.add(record("A"), record("B"), record("C"))
    world.look(uses("lamp"))
    world.osv.add(record("B", withdrawn="2024-05-01T00:00:00Z"))
    world.osv.instead["C"] = Said(503)
    # When a look is taken
    found = world.look(uses("lamp"))
    # Then nothing is replaced: the one that cannot be had stays
    assert (found.replaces, sorted(world.stored)) == ((), ["A", "B", "C"])
    # And the withdrawal is told all the same, by the record itself: it is filed under nothing
    assert (world.stored["B"].data["withdrawn"], world.stored["B"].about) == ("2024-05-01T00:00:00+00:00", ())
    assert found.coverage[0].state is CoverageState.PARTIAL
    assert "could not be had now" in found.coverage[0].detail
    assert found.coverage[0].detail.endswith("no longer named, and kept for now: 1")
    # When all can be had again, then it is gone
    world.osv.instead.clear()
    assert world.look(uses("lamp")).replaces == ("advisory",)
    assert sorted(world.stored) == ["A", "C"]


def test_an_advisory_that_is_gone_from_the_service_itself_is_no_stray(world: World) -> None:
    # Given a service that cannot be asked about one of the packages any more, and lost an advisory
    world.osv.add(record("A"), record("B", package="rope"))
    world.look(uses("lamp"), uses("rope"))
    del world.osv.records["B"]
    world.osv.refused = frozenset({"rope"})
    # When a look is taken, then what it does not name may still be true: it stays, and nobody is bothered with it
    found = world.look(uses("lamp"), uses("rope"))
    assert world.read == ["B"]
    assert (found.replaces, found.quarantined, sorted(world.stored)) == ((), (), ["A", "B"])
    assert "the service does not understand PyPI/rope@1.0" in found.coverage[0].detail


def test_a_record_that_cannot_be_had_does_not_lose_the_others(world: World) -> None:
    # Given a service in trouble with one of its records
    world.osv.add(record("A"), record("B"), record("C"))
    world.osv.instead["B"] = Said(500, b"<html>oops</html>")
    # When it is asked, then the others are there, and the look is said to be partial
    found = world.look(uses("lamp"))
    assert [one.key for one in found.evidence] == ["A", "C"]
    assert (found.coverage[0].state, found.coverage[0].items) == (CoverageState.PARTIAL, 2)
    assert "1 could not be had now, such as: " in found.coverage[0].detail
    # When it is well again, then that one is read
    world.osv.instead.clear()
    assert [one.key for one in world.look(uses("lamp")).evidence] == ["B"]
    assert world.read == ["B"]


def test_a_service_that_gives_no_record_at_all_is_left_alone(world: World) -> None:
    # Given a service that names ten records and gives none
    world.osv.add(*(record(f"A{number}") for number in range(10)))
    world.osv.instead = {f"A{number}": Said(502) for number in range(10)}
    # When it is asked, then it is asked five times
    found = world.look(uses("lamp"))
    assert world.read == ["A0", "A1", "A2", "A3", "A4"]
    assert (found.coverage[0].state, found.replaces) == (CoverageState.FAILED, ())
    assert "left for the next look: 5" in found.coverage[0].detail
    # And the next look begins behind those
    world.look(uses("lamp"))
    assert world.read == ["A5", "A6", "A7", "A8", "A9"]


def test_a_limit_in_the_middle_keeps_what_was_read(world: World) -> None:
    # Given a service that has enough after two records
    world.osv.add(record("A"), record("B"), record("C"), record("D"))
    world.osv.instead["C"] = Said(429, headers={"retry-after": "90"})
    # When it is asked, then these two are kept, and the rest is for the next look
    found = world.look(uses("lamp"))
    assert [one.key for one in found.evidence] == ["A", "B"]
    assert found.coverage[0].state is CoverageState.PARTIAL
    assert "the service asks for a wait until 2024-06-01 12:01 UTC; left for the next look: 2" in (
        found.coverage[0].detail
    )
    world.osv.instead.clear()
    assert [one.key for one in world.look(uses("lamp")).evidence] == ["C", "D"]
    assert world.read == ["C", "D"]


def test_a_limit_before_anything_was_read_is_waited_for(world: World) -> None:
    world.osv.add(record("A"))
    world.osv.instead["A"] = Said(429, headers={"retry-after": "90"})
    with pytest.raises(QuotaExhaustedError) as raised:
        world.look(uses("lamp"))
    assert raised.value.retry_at == datetime(2024, 6, 1, 12, 1, 30, tzinfo=UTC)


def test_credentials_that_are_refused_let_the_look_fail(world: World) -> None:
    world.osv.add(record("A"))
    world.osv.instead["A"] = Said(401)
    with pytest.raises(DeniedError):
        world.look(uses("lamp"))


OF_ANOTHER = json.dumps(record("B")).encode()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(404), "the service names it and does not give it: "),
        (Said(422), "it answered 422"),
        (Said(body=b"<html>"), "answered with what is no JSON"),
        (Said(body=b'{"id": "A", "affe'), "answered with what is no JSON"),
        (Said(body=b"[" * 100_000), "answered with what is no JSON"),
        (Said(body=b"null"), "is no object, so it is no OSV record"),
        (Said(body=b'{"modified": ""}'), "has no id, so it is no OSV record"),
        (Said(body=b'{"id": "A", "x": 1}'), "A has neither affected nor modified: it is no OSV record"),
        (Said(body=OF_ANOTHER), "is the record of B, which was not asked for"),
    ],
)
def test_a_record_that_cannot_be_read_is_put_aside_with_the_reason(world: World, said: Said, reason: str) -> None:
    # Given a service that gives something else in place of one record
    world.osv.add(record("A"), record("Z"))
    world.osv.instead["A"] = said
    # When it is asked, then the other is there, and the one is put aside; the next look asks for it again
    for expected in (["Z"], []):
        found = world.look(uses("lamp"))
        assert [one.key for one in found.evidence] == expected
        (stray,) = found.quarantined
        assert (stray.key, stray.source, stray.target) == ("A", "osv", "sbom:/srv/lock")
        assert reason in stray.reason
        assert found.coverage[0].state is CoverageState.PARTIAL
        assert "put aside as unreadable: 1" in found.coverage[0].detail
        assert "A" in world.read


def test_a_record_that_is_read_in_part_is_said_to_be_as_long_as_it_stays_so(world: World) -> None:
    # Given a record of which one entry is no entry
    good = record("A")
    world.osv.add({**good, "affected": [*good["affected"], {**good["affected"][0], "versions": 5}]})
    # When it is read, then the rest of it counts, and what was lost is put aside
    found = world.look(uses("lamp"))
    assert [one.key for one in found.evidence] == ["A"]
    assert [stray.key for stray in found.quarantined] == ["A#affected.1.versions"]
    # And that is said at later looks too, until it is whole
    later = world.look(uses("lamp"))
    assert (later.coverage[0].state, later.coverage[0].detail) == (
        CoverageState.PARTIAL,
        "1 package asked about; read in part: 1",
    )
    world.osv.add({**good, "modified": "2024-02-01T00:00:00Z"})
    assert world.look(uses("lamp")).coverage[0].state is CoverageState.COMPLETE


def test_a_record_that_was_read_in_part_and_is_gone_is_no_lack_any_more(world: World) -> None:
    # Given a record of which one entry is no entry, beside another
    world.osv.add(record("A", affected=[*record("A")["affected"], 5]), record("B"))
    assert world.look(uses("lamp")).coverage[0].state is CoverageState.PARTIAL
    # When it is withdrawn, then nothing is lacking
    world.osv.add(record("A", withdrawn="2024-05-01T00:00:00Z"))
    assert world.look(uses("lamp")).coverage[0].state is CoverageState.COMPLETE


def test_an_id_is_one_part_of_an_address_whatever_is_in_it(world: World) -> None:
    world.osv.add(record("RHSA-2020:1+2"))
    assert [one.key for one in world.look(uses("lamp")).evidence] == ["RHSA-2020:1+2"]
    assert world.read == ["RHSA-2020%3A1%2B2"]


@pytest.mark.parametrize(
    "name", ["../../admin", "A/../B", "", "A B", "\x1b[31mA", "A\u202eB", "%2e%2e", "x" * 201, None, 5, ["A"]]
)
def test_what_can_be_no_id_is_never_asked_for(world: World, name: object) -> None:
    # Given a service that names something of its own making beside an advisory
    world.osv.add(record("A"))
    world.osv.named = {"lamp": {"vulns": [{"id": name}, "x", {"id": "A", "modified": "\x1b[31m2024"}]}}
    # When it is asked
    found = world.look(uses("lamp"))
    # Then only the advisory is asked for, and the other is put aside, fit to be looked at
    assert world.read == ["A"]
    assert {stray.reason for stray in found.quarantined} == {"the service names it, and it can be no advisory's id"}
    assert all(stray.key.isprintable() and len(stray.key) <= 100 for stray in found.quarantined)


def test_no_more_rubbish_is_kept_than_a_person_looks_at(world: World) -> None:
    # Given a service that names a thousand things that are none, and a record of which a hundred parts are none
    world.osv.add(record("A", affected=[5] * 100))
    world.osv.named = {"lamp": {"vulns": [*({"id": f" {number}"} for number in range(1_000)), {"id": "A"}]}}
    # When it is asked
    found = world.look(uses("lamp"))
    # Then the first of both are put aside, and the record itself says how much it lacks
    assert len(found.quarantined) == 100 + 20
    assert found.evidence[0].data["dirt"] == [*(f"affected.{number}: {WRONG}" for number in range(10)), "and 90 more"]


WRONG = "Input should be a valid dictionary or instance of Affected"


def test_strangers_text_is_clean_wherever_it_is_kept(world: World) -> None:
    # Given a record that means to mislead
    world.osv.add(record("A", summary="\x1b[2Jsafe\u202e\x00 now", details="a\u2066b"))
    # When it is read, then nothing of that is left
    (one,) = world.look(uses("lamp")).evidence
    assert (one.title, one.data["details"]) == ("safe now", "ab")


def test_a_thousand_questions_are_asked_at_once(world: World) -> None:
    world.osv.add(record("A", package="p2500"))
    found = world.look(*(uses(f"p{number}") for number in range(2_501)))
    assert [len(lot) for lot in asked(world)] == [1_000, 1_000, 501]
    assert [one.key for one in found.evidence] == ["A"]


def test_further_pages_are_asked_for_together(world: World) -> None:
    # Given a service that names two advisories at a time
    world.osv.page = 2
    world.osv.add(*(record(f"A{number}") for number in range(5)), *(record(f"B{n}", package="rope") for n in range(3)))
    # When it is asked about two packages
    found = world.look(uses("lamp"), uses("rope"), uses("wick"))
    # Then each batch asks for what is left
    assert [[one.get("page_token", "") for one in lot] for lot in asked(world)] == [["", "", ""], ["2", "2"], ["4"]]  # type: ignore[attr-defined]
    assert len(found.evidence) == 8
    assert found.coverage[0].state is CoverageState.COMPLETE


def test_a_question_that_is_not_understood_does_not_lose_the_others(world: World) -> None:
    # Given a service that refuses a batch as a whole where it does not understand one of its questions
    world.osv.add(record("A", package="p7"))
    world.osv.refused = frozenset({"p3", "p5", "p8", "p9"})
    # When it is asked
    found = world.look(*(uses(f"p{number}") for number in range(10)))
    # Then it is asked in halves
    assert [len(lot) for lot in asked(world)][:5] == [10, 5, 5, 2, 2]
    # And the others are answered, and those are named
    assert [one.key for one in found.evidence] == ["A"]
    assert found.coverage[0].state is CoverageState.PARTIAL
    assert "the service does not understand PyPI/p" in found.coverage[0].detail
    assert found.coverage[0].detail.endswith(" and 1 more")
    assert found.replaces == ()


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (Said(500), SourceUnavailableError, "it answered 500"),
        (Said(429), QuotaExhaustedError, "it answered 429"),
        (Said(401), DeniedError, "it answered 401"),
        (Said(404), GoneError, "it answered 404"),
        (Said(405), RefusedError, "it answered 405"),
        (Said(body=b"<html>"), SourceUnavailableError, "no JSON"),
        (Said(body=b'{"results": [{}'), SourceUnavailableError, "no JSON"),
        (Said(body=b"[]"), SourceUnavailableError, "look whether LOOKOUT_OSV_API_URL names an OSV service"),
        (Said(body=b'{"results": {}}'), SourceUnavailableError, "was asked 1 questions and gave no list of as many"),
        (Said(body=b'{"results": [{}, {}]}'), SourceUnavailableError, "gave no list of as many answers"),
    ],
)
def test_half_an_answer_is_none(
    world: World, monkeypatch: pytest.MonkeyPatch, said: Said, error: type[AgentError], words: str
) -> None:
    monkeypatch.setattr(world.osv, "_batch", lambda _: said)
    with pytest.raises(error, match=words) as raised:
        world.look(uses("lamp"))
    assert type(raised.value) is error
    assert world.cursor is None


@pytest.mark.parametrize("answer", [5, None, {"vulns": 5}, {"vulns": None, "next_page_token": 5}, {}])
def test_an_answer_of_another_shape_names_nothing(world: World, answer: object) -> None:
    world.osv.named = {"lamp": answer}
    found = world.look(uses("lamp"))
    assert (found.evidence, found.coverage[0].state) == ((), CoverageState.ZERO)


@pytest.mark.parametrize("token", ["again", "x" * 10_001])
def test_pages_without_an_end_are_left(world: World, token: str) -> None:
    # Given a service whose next page is the one that it just gave, or that fills a request alone
    world.osv.add(record("A"), record("B", package="rope"))
    world.osv.named = {"lamp": {"vulns": [{"id": "A", "modified": "1"}], "next_page_token": token}}
    # When it is asked, then what it named is read, and no more
    found = world.look(uses("lamp"), uses("rope"))
    assert [one.key for one in found.evidence] == ["A", "B"]
    assert len(asked(world)) <= 2
    assert (found.coverage[0].state, found.replaces) == (CoverageState.PARTIAL, ())
    assert "it names more advisories than are read of one target, or takes too long: 2 were" in found.coverage[0].detail


def test_no_more_requests_are_sent_than_a_look_may(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "MOST_REQUESTS", 2)
    world.osv.page = 1
    world.osv.add(*(record(f"A{number}") for number in range(5)))
    found = world.look(uses("lamp"))
    assert len(asked(world)) == 2
    assert ([one.key for one in found.evidence], found.replaces) == (["A0", "A1"], ())


def test_no_more_advisories_are_named_than_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "MOST_NAMED", 2)
    monkeypatch.setattr(naming, "LOT", 1)
    world.osv.add(*(record(f"A{number}") for number in range(3)), record("B", package="rope"))
    found = world.look(uses("lamp"), uses("rope"))
    assert [one.key for one in found.evidence] == ["A0", "A1"]
    assert found.coverage[0].state is CoverageState.PARTIAL


def few(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let a look read no more records than that."""
    monkeypatch.setattr(fetching, "MOST_RECORDS", number)
    monkeypatch.setattr(memory, "MOST_RECORDS", number)


def test_a_large_target_is_read_over_several_looks_and_the_cursor_never_runs_ahead(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more advisories than one look reads
    few(monkeypatch, 2)
    world.osv.add(*(record(f"A{number}") for number in range(5)))
    # When looks are taken one after the other, then each goes on where the one before it ended
    told = []
    for left in (3, 1, 0):
        found = world.look(uses("lamp"))
        told.append([one.key for one in found.evidence])
        assert isinstance(found.cursor, dict)
        assert found.cursor["known"] == dict.fromkeys(sorted(world.stored), "2024-01-02T00:00:00Z")
        assert ("left for the next look" in found.coverage[0].detail) is bool(left)
        assert found.replaces == ()
    assert told == [["A0", "A1"], ["A2", "A3"], ["A4"]]
    assert found.coverage[0].state is CoverageState.COMPLETE


def test_a_look_whose_time_is_up_keeps_what_it_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a service so slow that the time is up after each record
    monkeypatch.setattr(api, "MOST_SECONDS", 0.0)
    world.osv.add(record("A"), record("B"))
    # When looks are taken, then each of them comes further
    assert [[one.key for one in world.look(uses("lamp")).evidence] for _ in range(3)] == [["A"], ["B"], []]


def test_of_more_than_one_look_reads_what_is_withdrawn_is_told_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a target with more advisories than one look reads, all of them known
    few(monkeypatch, 2)
    world.osv.add(*(record(f"A{number}") for number in range(4)))
    for _ in range(2):
        world.look(uses("lamp"))
    # When one is withdrawn, then that one is read
    world.osv.add(record("A1", withdrawn="2024-05-01T00:00:00Z"))
    found = world.look(uses("lamp"))
    assert (world.read, found.replaces, sorted(world.stored)) == (["A1"], (), ["A0", "A1", "A2", "A3"])
    assert world.stored["A1"].about == ()
    assert found.coverage[0].state is CoverageState.COMPLETE
    assert found.coverage[0].detail.endswith("no longer named, and kept for now: 1")


@pytest.mark.parametrize("cursor", [{}, {"reader": "0", "known": {"A": "x"}}, {"reader": "1", "known": 5}, "x", 5])
def test_a_cursor_of_another_form_begins_afresh(world: World, cursor: object) -> None:
    # Given what somebody else left, and a store that holds nobody knows what
    world.osv.add(record("A"))
    world.cursor = cursor  # type: ignore[assignment]
    # When a look is taken, then all is read, and is all that is true
    found = world.look(uses("lamp"))
    assert ([one.key for one in found.evidence], found.replaces) == (["A"], ("advisory",))


def test_parts_of_a_cursor_that_cannot_be_are_passed_over(world: World) -> None:
    world.osv.add(record("A"), record("B"))
    world.cursor = {"reader": "1", "known": {"A": "2024-01-02T00:00:00Z", "B": 5}, "after": 7, "lossy": [5, "A"]}
    found = world.look(uses("lamp"))
    assert world.read == ["B"]
    assert found.coverage[0].detail == "1 package asked about; read in part: 1"
    world.cursor = {**found.cursor, "lossy": 5}  # type: ignore[dict-item]
    assert world.look(uses("lamp")).coverage[0].state is CoverageState.COMPLETE


def test_nothing_but_nameless_dependencies_is_no_look_at_all(world: World) -> None:
    found = world.look(uses("lamp", name=""), uses("x", ecosystem=None))
    assert (asked(world), found.coverage[0].state) == ([], CoverageState.FAILED)
    assert found.coverage[0].detail.endswith("cannot be asked about: 2")


def test_packages_without_known_flaws_are_none_found(world: World) -> None:
    found = world.look(uses("lamp"))
    assert (found.coverage[0].state, found.coverage[0].items) == (CoverageState.ZERO, 0)
    assert found.coverage[0].detail == "1 package asked about"
    # And there is nothing to say about it again
    assert world.look(uses("lamp")).replaces == ()
    # And where some could not be asked about, that is a part
    assert world.look(uses("lamp"), uses("x", name="")).coverage[0].state is CoverageState.PARTIAL


def test_without_a_service_nothing_is_collected(look_at: Callable[..., Look]) -> None:
    look = look_at("/srv/lock", kind=TargetKind.SBOM)
    with Http(stop=threading.Event()) as http:
        found = read_known(http, look, [uses("lamp")])
    assert (found.evidence, found.replaces, found.cursor) == ((), (), None)
    assert found.coverage[0].state is CoverageState.NOT_COLLECTED
    assert found.coverage[0].detail == "no OSV service is set up: set LOOKOUT_OSV_API_URL"


def test_a_look_that_is_told_to_stop_keeps_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a step that is told to stop while records are read
    world.osv.add(record("A"), record("B"))
    stop = threading.Event()
    give = world.osv._record  # noqa: SLF001  a test's own

    def last(heard: object) -> Said:
        stop.set()
        return give(heard)  # type: ignore[arg-type]

    monkeypatch.setattr(world.osv, "_record", last)
    with pytest.raises(StoppedError):
        world.look(uses("lamp"), stop=stop)
    assert world.cursor is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "modified", "vulns", "next_page_token"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["reader", "known", "lossy", "after"]), ANYTHING), ANYTHING)
def test_whatever_stands_in_a_cursor_or_in_an_answer_a_look_comes_to_an_end(
    cursor: dict[str, JsonValue], answer: object
) -> None:
    # Given what an earlier look may have left, and an answer, either of which may be anything
    remembered = Memory.of({"reader": "1", **cursor})
    named = naming.Named()
    further = [*naming._take([naming._Asked(Question("PyPI", "lamp"))], [answer], named=named)]  # noqa: SLF001  its heart
    # When it is settled without anything that was read
    settled = settle(named, remembered, fetching.Fetched())
    # Then nothing is told, at most one further page is asked for, and what is remembered is JSON
    assert settled.told == ()
    assert len(further) <= 1
    assert set(wanted(named, remembered)) <= named.ids.keys() | remembered.known.keys()
    assert Memory.of(settled.memory.cursor).known == settled.memory.known
    assert json.dumps(settled.memory.cursor, allow_nan=False)
