"""Occurrences and what is said about them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError

from agents.contract import Target, TargetKind
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.domain.watchlist import CatchUp
from orchestrator.planning.keys import trigger_key
from orchestrator.scheduling.adjusting import Terms
from orchestrator.scheduling.due import Rhythm
from orchestrator.scheduling.occurrences import Due, Fate, note_of
from orchestrator.scheduling.turns import Turn

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = UUID(int=7)


def _due(*, tier: str | None = None, **trigger: object) -> Due:
    whole = Trigger(
        kind=TriggerKind.MONITOR,
        targets=(Target(kind=TargetKind.GIT, location="/a"),),
        subject="stack/1d",
        source="schedule",
    )
    return Due(
        tenant="default",
        terms=Terms(Rhythm("stack/1d", every_seconds=86_400), CatchUp.ONCE, tier=tier, adjusted=()),
        trigger={**whole.model_dump(mode="json"), **trigger},
        now=NOW + timedelta(seconds=1),
        updated_at=NOW,
        turn=Turn(due=NOW, next_due=NOW + timedelta(days=1)),
    )


def test_an_occurrence_s_key_is_its_schedule_s_name_and_when_it_was_due() -> None:
    # Given a schedule that is due, when its trigger is made
    trigger = _due().signal()
    # Then the run's key says both, so that the same occurrence can only be one run
    assert trigger_key(trigger, fresh="unused") == "schedule:stack/1d:2026-03-01T12:00:00Z"


def test_a_trigger_that_another_version_wrote_is_refused() -> None:
    # Given a stored trigger with a kind that this version does not know, then it is no trigger
    with pytest.raises(ValidationError, match="kind"):
        _due(kind="seance").signal()


def test_an_occurrence_says_what_serves_it() -> None:
    # Given a schedule that is due, when its fate is known
    occurrence = _due().ended(Fate.FIRED, run_id=RUN)
    # Then it carries the schedule, the time and the run
    assert (occurrence.schedule, occurrence.due, occurrence.run_id) == ("stack/1d", NOW, RUN)


def test_a_tier_that_a_person_set_holds_for_every_target() -> None:
    # Given a schedule whose tier a person changed, when its trigger is made
    (target,) = _due(tier="critical").signal().targets
    # Then its target has that tier, and its own without
    assert target.tier == "critical"
    assert _due().signal().targets[0].tier == "tools"


@pytest.mark.parametrize(
    ("missed", "running", "refusal", "note"),
    [
        (0, None, None, None),
        (3, None, None, "stands for 3 more that were missed"),
        (0, RUN, None, f"coalesced: run {RUN} still runs"),
        (2, RUN, None, f"coalesced: run {RUN} still runs; stands for 2 more that were missed"),
        (0, None, "targets: none are given", "refused: targets: none are given"),
    ],
)
def test_a_note_says_what_is_out_of_the_ordinary(
    missed: int, running: UUID | None, refusal: str | None, note: str | None
) -> None:
    # Given what happened at an occurrence, when it is put in words, then only the unusual is there
    assert note_of(Turn(due=NOW, next_due=NOW, stands_for=missed), running=running, refusal=refusal) == note
