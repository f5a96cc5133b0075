"""A look at a watchlist is compared with the look before it, and with nothing else."""

import json
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import JsonValue
from sqlalchemy import text
from support.stages import Stage

from agents.contract import Target, TargetKind
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.store.findings import read_artifact

pytestmark = pytest.mark.services

RECORD = {
    "id": "GHSA-1",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [{"package": {"ecosystem": "PyPI", "name": "lamp"}, "versions": ["1.0"]}],
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "flaws").mkdir(parents=True)
    (folder / "requirements.txt").write_text("lamp==1.0\n")
    (folder / "flaws" / "one.json").write_text(json.dumps(RECORD))
    return folder


def look(
    stage: Stage, place: Path, *, subject: str = "shop", kind: TriggerKind = TriggerKind.MONITOR, **options: JsonValue
) -> dict[str, Any]:
    """Look at a lock file once, every step in this process; return the report."""
    from orchestrator import wiring  # noqa: PLC0415  once the stage's addresses are known

    targets = (
        Target(kind=TargetKind.SBOM, location=str(place / "requirements.txt")),
        Target(kind=TargetKind.ADVISORIES, location=str(place / "flaws")),
    )
    intake = wiring.intake()
    trigger = Trigger(kind=kind, targets=targets, subject=subject, options=options, source="cli")
    run = intake.accept(trigger).run_id
    for step in intake.prepare(trigger).plan.steps:
        wiring.runner().run(run, steps=[step.name])
    return report(stage, run)


def report(stage: Stage, run: UUID) -> dict[str, Any]:
    """Return a run's report."""
    with stage.engine.connect() as conn:
        made = read_artifact(conn, run, name="report.json")
    assert made is not None
    told: dict[str, Any] = json.loads(made[1])
    return {"run": str(run), **told}


def test_a_second_look_says_what_differs_from_the_first(stage: Stage, place: Path) -> None:
    # Given a first look, which has nothing to be compared with
    first = look(stage, place)
    assert first["since_last"] is None
    # When nothing has changed at the second look, and the flaw is mended before the third
    second = look(stage, place)
    (place / "requirements.txt").write_text("lamp==2.0\n")
    third = look(stage, place)
    # Then each names the look before it, and what is new or gone
    assert second["since_last"]["run_id"] == first["run"]
    assert (second["since_last"]["new"], second["since_last"]["same"]) == ([], 1)
    assert third["since_last"]["run_id"] == second["run"]
    assert len(third["since_last"]["gone"]) == 1


def test_another_watchlists_looks_and_other_triggers_are_not_compared_with(stage: Stage, place: Path) -> None:
    # Given a look at one watchlist
    look(stage, place)
    # When another watchlist is looked at, something without a name, and an advisory
    other = look(stage, place, subject="another")
    nameless = look(stage, place, subject="")
    advisory = look(stage, place, subject="GHSA-1", kind=TriggerKind.ADVISORY)
    # Then none of them is compared with it
    assert [one["since_last"] for one in (other, nameless, advisory)] == [None, None, None]


def test_looks_of_another_extent_or_at_other_targets_are_not_held_against_each_other(
    stage: Stage, place: Path, tmp_path: Path
) -> None:
    # Given a whole look, and another watchlist of the same name
    look(stage, place)
    other = tmp_path / "other"
    shutil.copytree(place, other)
    # When only its exposure is looked at, and the other watchlist is
    part = look(stage, place, look=["exposure"])
    named_alike = look(stage, other)
    # Then the former has nothing to be compared with, and what the latter does not watch is not said to be gone
    assert part["since_last"] is None
    assert [gone["looked"] for gone in named_alike["since_last"]["gone"]] == [False]


def test_a_run_that_gave_no_result_or_whose_findings_are_gone_is_passed_over(stage: Stage, place: Path) -> None:
    # Given three looks, of which the last failed and the one before it has lost its details
    first = look(stage, place)
    second, third = look(stage, place), look(stage, place)
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE runs SET pruned_at = now() WHERE id = :run"), {"run": second["run"]})
        conn.execute(text("UPDATE runs SET state = 'failed' WHERE id = :run"), {"run": third["run"]})
    # When it is looked once more, then it is compared with the first
    assert look(stage, place)["since_last"]["run_id"] == first["run"]
