"""Evidence in Postgres: what is written comes back in its order, and few of many are found by what they are about."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from support.stages import Stage

from agents.contract import AgentReport, Evidence, Untrusted
from orchestrator.store.evidence import StoredEvidence, save_evidence

pytestmark = pytest.mark.services

TENANT = "default"
FOLDER, OTHER = "advisories:/one", "advisories:/two"
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


def fact(number: int, *about: str, target: str = FOLDER, kind: str = "advisory") -> Evidence:
    return Evidence(
        target=target,
        source="osv",
        kind=kind,
        key=f"K-{number:03}",
        at=BEGIN + timedelta(days=number),
        title=Untrusted(f"fact {number}"),
        data={"number": number, "list": [1.5, None, {"deep": True}]},
        about=about,
    )


def keep(stage: Stage, *facts: Evidence, replaces: tuple[str, ...] = ()) -> UUID:
    run = uuid4()
    with stage.engine.begin() as conn:
        report = AgentReport(agent="data_manager", target=FOLDER, evidence=facts, replaces=replaces)
        save_evidence(conn, report, tenant=TENANT, run_id=run)
    return run


def test_what_was_written_comes_back_whole_and_in_order_over_many_pages(stage: Stage) -> None:
    # Given facts that were written in disorder
    facts = [fact(number, f"package:{number}") for number in range(7)]
    keep(stage, *reversed(facts))

    # When they are read in pages of three
    read = list(StoredEvidence(stage.engine, tenant=TENANT, page=3).read(targets=[FOLDER], kinds=["advisory"]))

    # Then
    assert read == facts


def test_what_is_about_something_is_found_in_whatever_target_is_asked_for(stage: Stage) -> None:
    # Given facts about several things each, some about nothing, in two folders
    lamp, candle = "package:pypi/lamp", "package:npm/candle\x00"
    keep(stage, fact(1, lamp), fact(2, lamp, candle), fact(3), fact(4, candle), fact(5, lamp, target=OTHER))
    keep(stage, fact(6, lamp, kind="note"))
    shelf = StoredEvidence(stage.engine, tenant=TENANT, page=2)

    # When
    about_one = [item.key for item in shelf.read(targets=[FOLDER], kinds=["advisory"], about=[lamp])]
    about_any = [item.key for item in shelf.read(targets=[FOLDER, OTHER], kinds=["advisory"], about=[lamp, candle])]
    about_none = list(shelf.read(targets=[FOLDER], kinds=["advisory"], about=["package:pypi/torch"]))
    strangers = list(StoredEvidence(stage.engine, tenant="somebody else").read(about=[lamp]))

    # Then each is there once, also where it is about several of the things
    assert about_one == ["K-001", "K-002"]
    assert about_any == ["K-001", "K-002", "K-004", "K-005"]
    assert about_none == []
    assert strangers == []


def test_counting_tells_how_much_reading_would_give(stage: Stage) -> None:
    # Given
    keep(stage, fact(1, "a"), fact(2, "a", "b"), fact(3), fact(4, "b", target=OTHER))
    shelf = StoredEvidence(stage.engine, tenant=TENANT)

    # When
    everything = shelf.count(targets=[FOLDER, OTHER, "advisories:/empty"], kinds=["advisory"])
    some = shelf.count(kinds=["advisory"], about=["b", "c"])

    # Then
    assert everything == {FOLDER: 3, OTHER: 1}
    assert some == {FOLDER: 1, OTHER: 1}


def test_a_second_look_changes_what_a_fact_is_about_and_forgets_what_is_gone(stage: Stage) -> None:
    # Given
    keep(stage, fact(1, "a"), fact(2, "a"))

    # When the folder is read again: one fact says something else, the other is gone
    keep(stage, fact(1, "b"), replaces=("advisory",))
    shelf = StoredEvidence(stage.engine, tenant=TENANT)

    # Then
    assert shelf.count(about=["a"]) == {}
    assert [item.about for item in shelf.read(targets=[FOLDER])] == [("b",)]
