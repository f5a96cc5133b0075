"""What was seen, how far it can be trusted, and what is handed on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from agents.analysis.health.diagnosis import diagnose
from agents.analysis.health.history import History
from agents.analysis.health.seen import counted, extent, what_was_seen
from agents.analysis.health.sureness import how_sure
from agents.contract import AgentReport, Coverage, CoverageState, Target, TargetKind, Work

Make = Callable[..., History]
TARGET = Target(kind=TargetKind.GIT, location="/srv/clones/thing")


def row(
    state: CoverageState, *, source: str = "git", subject: str = TARGET.id, as_of: datetime | None = None
) -> Coverage:
    return Coverage(source=source, subject=subject, state=state, items=3, as_of=as_of)


def work(*rows: Coverage, now: datetime, missing: tuple[Coverage, ...] = ()) -> Work:
    report = AgentReport(agent="data_manager", target=TARGET.id, coverage=rows)
    return Work(
        run_id="r",
        step="s",
        trigger_kind="manual",
        capability="analyse:health",
        target=TARGET,
        now=now,
        reports=(report,) if rows else (),
        missing=missing,
    )


def test_the_collectors_own_words_on_this_target_are_handed_on(now: datetime) -> None:
    # Given coverage of this target's git, its tags, another target, and another source
    rows = [
        row(CoverageState.COMPLETE, as_of=now),
        row(CoverageState.PARTIAL, source="git:tags"),
        row(CoverageState.FAILED, subject="git:/elsewhere"),
        row(CoverageState.FAILED, source="osv"),
    ]
    seen = what_was_seen(work(*rows, now=now), TARGET)
    # Then only what is said of this target's history counts
    assert {entry.source for entry in seen.coverage} == {"git", "git:tags"}
    assert (seen.whole, seen.fresh, seen.depth, seen.until, seen.reasons) == (True, 1.0, 1.0, now, ())


def test_a_partial_history_is_trusted_less_and_its_extent_is_said(history: Make, now: datetime) -> None:
    # Given a shallow clone
    seen = what_was_seen(work(row(CoverageState.PARTIAL, as_of=now), now=now), TARGET)
    made = history([(1, "ann"), (100, "ann")], whole=seen.whole)
    # Then its history is not whole, and the reason says since when it was seen
    assert (seen.whole, seen.depth) == (False, 0.7)
    assert extent(seen, made) == ("only 2 commits since 2026-08-12 seen",)


@pytest.mark.parametrize("state", [CoverageState.FAILED, CoverageState.NOT_COLLECTED])
def test_a_failed_collection_leaves_what_was_collected_before(state: CoverageState, now: datetime) -> None:
    seen = what_was_seen(work(row(state, as_of=now), now=now), TARGET)
    assert (seen.fresh, seen.whole) == (0.5, False)
    assert "collected before" in seen.reasons[0]


def test_a_missing_collection_is_passed_on_and_lowers_trust(now: datetime) -> None:
    # Given a collecting step that gave nothing for this target, one for another, and one without a subject
    missing = (
        row(CoverageState.FAILED, source="data_manager"),
        row(CoverageState.FAILED, source="data_manager", subject="git:/elsewhere"),
        row(CoverageState.NOT_COLLECTED, source="security", subject=""),
    )
    seen = what_was_seen(work(now=now, missing=missing), TARGET)
    # Then what concerns this target is passed on
    assert seen.coverage == (missing[0], missing[2])
    assert (seen.state, seen.fresh) == (CoverageState.NOT_COLLECTED, 0.5)


def test_a_stale_look_moves_the_clock_to_its_own_time(now: datetime) -> None:
    # Given a look of a month ago where a day is allowed
    then = now - timedelta(days=30)
    seen = what_was_seen(work(row(CoverageState.COMPLETE, as_of=then), now=now), TARGET)
    # Then nobody is called idle for a month that nobody looked at
    assert (seen.until, seen.fresh) == (then, 0.8)
    assert "2026-10-21" in seen.reasons[0]


def test_a_window_of_the_target_makes_its_history_partial(now: datetime) -> None:
    # Given a target of which only a part is collected on purpose
    windowed = TARGET.model_copy(update={"options": {"since": "2026-01-01"}})
    seen = what_was_seen(work(row(CoverageState.COMPLETE, as_of=now), now=now), windowed)
    assert (seen.whole, seen.depth) == (False, 0.7)
    assert "option since" in seen.reasons[0]


def test_where_nobody_said_what_was_seen_the_evidence_is_counted(history: Make, now: datetime) -> None:
    # Given no report of a collection, with and without commits at hand
    seen = what_was_seen(work(now=now), TARGET)
    some, none = counted(seen, history([(1, "ann")]), TARGET), counted(seen, history(), TARGET)
    # Then there is a row of our own that says so
    assert [(entry.state, entry.items) for entry in some] == [(CoverageState.COMPLETE, 1)]
    assert [(entry.state, entry.items) for entry in none] == [(CoverageState.NOT_COLLECTED, 0)]
    assert seen.depth == 0.9


def test_nothing_is_certain_and_every_doubt_is_named(history: Make, now: datetime) -> None:
    # Given a rich whole history, a short one, and one whose clocks ran ahead
    seen = what_was_seen(work(row(CoverageState.COMPLETE, as_of=now), now=now), TARGET)
    many = [(float(day), "ann") for day in range(120)]
    rich = history(many, tags={"v1.0": 9}, notes={"1.0": "x"})
    ahead = history([*many, (-5, "bob"), (-6, "bob")], tags={"v1.0": 9}, notes={"1.0": "x"})
    # Then the first is at most 0.95 sure, and the others are less so with their reasons
    assert how_sure(diagnose(rich), seen).value == 0.95
    assert how_sure(diagnose(ahead), seen).value < 0.95
    assert any("clocks" in reason for reason in how_sure(diagnose(ahead), seen).reasons)
    few = [how_sure(diagnose(history(many[:count])), seen) for count in (5, 20)]
    assert few[0].value < few[1].value < 0.95
    assert "few commits by people: 5" in few[0].reasons
    assert any("releases left out" in reason for reason in few[0].reasons)


def test_without_commits_there_is_no_confidence_at_all(history: Make, now: datetime) -> None:
    sure = how_sure(diagnose(history()), what_was_seen(work(now=now), TARGET))
    assert sure.value == 0
    assert "nothing to judge" in sure.reasons[-1]


def test_a_missing_score_is_a_reason_too(history: Make, now: datetime) -> None:
    seen = what_was_seen(work(row(CoverageState.PARTIAL, as_of=now), now=now), TARGET)
    sure = how_sure(diagnose(history([(1, "ann")], whole=False)), seen)
    assert any(reason.startswith("no score") for reason in sure.reasons)


GITHUB = Target(kind=TargetKind.GITHUB, location="lamp/wick")


@pytest.mark.parametrize(
    ("detail", "since"),
    [
        ("The newest commits since 2026-05-01; set GITHUB_TOKEN to read more", datetime(2026, 5, 1, tzinfo=UTC)),
        ("all since 2026-05-01T10:30:00+02:00.", datetime(2026, 5, 1, 8, 30, tzinfo=UTC)),
        ("all since 2026-05-01T10:30:00Z", datetime(2026, 5, 1, 10, 30, tzinfo=UTC)),
        ("since 2026-13-41", None),
        ("since 0001-01-01T00:00:00+14:00", None),
        ("since yesterday", None),
        ("", None),
    ],
)
def test_a_repository_on_github_has_its_own_source_and_says_since_when(
    detail: str, since: datetime | None, now: datetime
) -> None:
    # Given what GitHub's collector says of its commits and of its issues, and what another says of a clone
    told = row(CoverageState.PARTIAL, source="github", subject=GITHUB.id, as_of=now)
    rows = [
        told.model_copy(update={"detail": detail}),
        row(CoverageState.FAILED, source="github:issues", subject=GITHUB.id),
        row(CoverageState.FAILED, source="git", subject=GITHUB.id),
    ]
    seen = what_was_seen(work(*rows, now=now), GITHUB)
    # Then the commits' own row counts
    assert {entry.source for entry in seen.coverage} == {"github", "github:issues"}
    assert (seen.state, seen.whole, seen.since) == (CoverageState.PARTIAL, False, since)


def test_a_collection_that_failed_says_since_when_it_fails_and_not_what_was_seen(now: datetime) -> None:
    told = row(CoverageState.FAILED, source="github", subject=GITHUB.id, as_of=now)
    gone = told.model_copy(update={"detail": "gone since 2026-05-01, when it was last seen"})
    assert what_was_seen(work(gone, now=now), GITHUB).since is None


def test_a_part_that_reaches_back_further_than_any_measure_is_trusted_whole(now: datetime) -> None:
    # Given commits since three years ago, and since one
    told = row(CoverageState.PARTIAL, source="github", subject=GITHUB.id, as_of=now)
    rows = [told.model_copy(update={"detail": f"The newest commits since {year}-11-01"}) for year in (2023, 2025)]
    deep, shallow = (what_was_seen(work(each, now=now), GITHUB).depth for each in rows)
    assert (deep, shallow) == (1.0, 0.7)


def test_where_nobody_spoke_of_a_repository_on_github_the_row_bears_its_source(history: Make, now: datetime) -> None:
    seen = what_was_seen(work(now=now), GITHUB)
    (own,) = counted(seen, history([(1, "ann")]), GITHUB)
    assert (own.source, own.subject) == ("github", GITHUB.id)


def test_a_time_without_commits_that_was_seen_is_known_to_be_without(history: Make, now: datetime) -> None:
    # Given a part of a history, seen since four hundred days ago, with commits from a hundred days ago on
    made = history([(100, "ann"), (3, "ann")], whole=False, since=400)
    # Then the silence before them was seen
    assert made.seen_from == now - timedelta(days=400)
    assert made.reaches(400)
    assert not made.reaches(401)
    # And without any commit it is known that there was none; a whole history that is empty says nothing
    assert history(whole=False, since=400).looked
    assert not history(whole=False).looked
    assert not history().looked
    # And where nobody said since when, the first commit tells
    assert history([(100, "ann")], whole=False).seen_from == now - timedelta(days=100)
