"""What was seen of advisories, dependencies and releases: what collectors said, held against what there really is."""

from collections.abc import Collection, Mapping, Sequence

from agents.analysis.advisories.checked import Checked
from agents.analysis.coverage import WORST_FIRST
from agents.contract import Coverage, CoverageState, Target, TargetKind, Work

ADVISORIES = "osv"
GITHUB = "github:advisories"
DEPENDENCIES = "manifest"
RELEASES = "index"
HOW_TO_ADD = (
    "nothing that knows of flaws is watched, so nothing was checked: "
    "add `advisories: FOLDER` or `advisories: osv` to the watchlist"
)
NOBODY_LOOKED = "nobody looked in this run, and nothing is stored from an earlier one"
STORED = "nobody looked in this run: as an earlier one left it"
LOOKED = frozenset({CoverageState.COMPLETE, CoverageState.ZERO, CoverageState.PARTIAL})
ADVISORY_SHARE = {CoverageState.COMPLETE: 1.0, CoverageState.PARTIAL: 0.5, CoverageState.ZERO: 0.2}
"""How far each state of the advisories lets a report be trusted, others not at all; an empty folder says little."""
SERVICE_SHARE = {**ADVISORY_SHARE, CoverageState.ZERO: 1.0}
DEPENDENCY_SHARE = {CoverageState.COMPLETE: 1.0, CoverageState.ZERO: 1.0, CoverageState.PARTIAL: 0.5}


def advisory_coverage(
    work: Work, target: Target, *, counts: Mapping[str, int], apart: Collection[str] = ()
) -> tuple[Coverage, ...]:
    """Return one row for each source of advisories; a single ``not collected`` where there is none.

    ``counts`` are the advisories that are there of each; ``apart`` are sources of something else. The target itself is
    one where it has advisories of its own, or somebody was asked for them.
    """
    own = target.id in work.sources or counts.get(target.id, 0) or was_asked(work, target)
    subjects = sorted({*work.sources, *([target.id] if own else [])} - set(apart))
    if not subjects:
        return (Coverage(source=ADVISORIES, subject=target.id, state=CoverageState.NOT_COLLECTED, detail=HOW_TO_ADD),)
    return tuple(
        row(work, source=database(subject), subject=subject, items=counts.get(subject, 0)) for subject in subjects
    )


def was_asked(work: Work, target: Target) -> bool:
    """Whether a service was asked about the target's own dependencies in this run, and answered.

    Then what it did not name is known to have no published flaw: its silence is an answer, a folder's is not.
    """
    said = [row for report in work.reports for row in report.coverage]
    return any(row.source == ADVISORIES and row.subject == target.id and row.state in LOOKED for row in said)


def database(subject: str) -> str:
    """Return which reader finds the advisories of a target, by its id."""
    return GITHUB if subject.startswith(f"{TargetKind.GITHUB}:") else ADVISORIES


def dependency_coverage(work: Work, target: Target, *, items: int, problems: Sequence[str] = ()) -> Coverage:
    """Return the row of the target's dependencies; ``problems`` make it partial and are named in its detail."""
    return lowered(row(work, source=DEPENDENCIES, subject=target.id, items=items), problems)


def release_coverage(work: Work, target: Target, *, counts: Mapping[str, int]) -> tuple[Coverage, ...]:
    """Return one row for each target whose releases are listed, or were to be; ``counts`` are those that are there."""
    told = {entry.subject for report in work.reports for entry in report.coverage if entry.source == RELEASES}
    subjects = ({*work.sources, target.id} & told) | counts.keys()
    return tuple(row(work, source=RELEASES, subject=one, items=counts.get(one, 0)) for one in sorted(subjects))


def row(work: Work, *, source: str, subject: str, items: int) -> Coverage:
    """Return what is there of one subject, by what its collectors said, else by the items alone."""
    said = collectors_row(work, source=source, subject=subject)
    if said is None:
        state = CoverageState.COMPLETE if items else CoverageState.NOT_COLLECTED
        detail = STORED if items else NOBODY_LOOKED
        return Coverage(source=source, subject=subject, state=state, items=items, detail=detail)
    return Coverage(
        source=source,
        subject=subject,
        state=true_state(said.state, items=items),
        items=items,
        as_of=said.as_of,
        detail=earlier(said, items=items),
    )


def collectors_row(work: Work, *, source: str, subject: str) -> Coverage | None:
    """Return the worst that the steps before this one say of the subject; None where they say nothing.

    A step that gave nothing speaks for its subject only where no other step reports on it: the steps for a target's
    history and for its dependencies have the same subject.
    """
    reported = [entry for report in work.reports for entry in report.coverage if entry.source == source]
    rows = [entry for entry in reported if entry.subject == subject]
    rows = rows or [entry for entry in work.missing if entry.subject == subject]
    return min(rows, key=lambda entry: WORST_FIRST.index(entry.state), default=None)


def true_state(said: CoverageState, *, items: int) -> CoverageState:
    """Return the state that what was said and what is there give together.

    Items from an earlier look make a failed look partial; a look that found nothing new has not found nothing.
    """
    if items and said not in LOOKED:
        return CoverageState.PARTIAL
    if said is CoverageState.ZERO and items:
        return CoverageState.COMPLETE
    if said is CoverageState.COMPLETE and not items:
        return CoverageState.ZERO
    return said


def earlier(said: Coverage, *, items: int) -> str:
    """Return the collector's detail, and that the items are older where its look failed."""
    if not items or said.state in LOOKED:
        return said.detail
    words = str(said.state).replace("_", " ")
    return f"{words} this time{f' ({said.detail})' if said.detail else ''}: the {items} items are from an earlier look"


def lowered(coverage: Coverage, problems: Sequence[str]) -> Coverage:
    """Return the row with the problems in its detail; a complete one becomes partial."""
    if not problems:
        return coverage
    detail = "; ".join(part for part in (coverage.detail, *problems) if part)
    state = CoverageState.PARTIAL if coverage.state is CoverageState.COMPLETE else coverage.state
    return coverage.model_copy(update={"state": state, "detail": detail})


def report_confidence(
    advisories: Sequence[Coverage], dependencies: Coverage, *, checked: Checked
) -> tuple[float, tuple[str, ...]]:
    """Return how far "nothing more was found" can be trusted, from 0 to 1, and why.

    It is A * D * (1 + C) / 2: A the mean share of the sources of advisories (ADVISORY_SHARE; of a service that was
    asked about this very target, SERVICE_SHARE), D the share of the dependencies (DEPENDENCY_SHARE), C the part of the
    dependencies that could be compared. Without dependencies there is nothing to compare, and it is D.
    """
    seen = DEPENDENCY_SHARE.get(dependencies.state, 0.0)
    reasons = [f"dependencies {words(dependencies)}", *(f"advisories {words(entry)}" for entry in advisories)]
    if not checked.total:
        return seen, tuple(reasons)
    trust = sum(trust_in(entry, own=entry.subject == dependencies.subject) for entry in advisories) / len(advisories)
    reasons.append(f"{checked.compared} of {checked.total} dependencies could be compared")
    if checked.uncovered:
        reasons.append(f"none of the advisories is about {', '.join(checked.uncovered)}")
    return round(trust * seen * (1 + checked.compared / checked.total) / 2, 4), tuple(reasons)


def trust_in(advisories: Coverage, *, own: bool) -> float:
    """Return how far one source of advisories lets a report be trusted; ``own`` where it was asked about its target."""
    return (SERVICE_SHARE if own else ADVISORY_SHARE).get(advisories.state, 0.0)


def words(coverage: Coverage) -> str:
    """Return a row in words."""
    state = "zero found" if coverage.state is CoverageState.ZERO else str(coverage.state).replace("_", " ")
    return f"{state} for {coverage.subject}"
