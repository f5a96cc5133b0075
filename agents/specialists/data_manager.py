"""The data manager: collects what other agents read, checks it, and never lets a cursor run ahead of its data."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from statistics import fmean
from types import MappingProxyType

from agents.contract import (
    AgentReport,
    AgentSpec,
    Coverage,
    CoverageState,
    Pool,
    Target,
    TargetKind,
    Work,
)
from agents.errors import BadEvidenceError
from agents.sources.collected import Collected
from agents.sources.git.command import Git
from agents.sources.git.history import SOURCE as HISTORY
from agents.sources.git.history import read_history
from agents.sources.git.notes import read_notes
from agents.sources.git.repository import repository_at
from agents.sources.git.tags import read_tags
from agents.sources.look import Look
from agents.sources.manifests.collecting import SOURCE as MANIFEST
from agents.sources.manifests.collecting import read_manifests
from agents.sources.manifests.commit import read_commit_manifests
from agents.sources.manifests.shelf import shelf_at
from agents.sources.named import KEV
from agents.sources.named import OSV as OSV_SERVICE
from agents.sources.osv.folder import read_advisories
from agents.sources.visits import FEED, GITHUB, INDEX, OSV, Visit, exploited, feed, github, known, package

NAME = "data_manager"
COLLECT_GIT = "collect:git"
COLLECT_DEPENDENCIES = "collect:dependencies"
COLLECT_ADVISORIES = "collect:advisories"
COLLECT_GITHUB = "collect:github"
COLLECT_FEED = "collect:feed"
COLLECT_PACKAGE = "collect:package"
COLLECT_KNOWN = "collect:osv"

_CONFIDENCE: Mapping[CoverageState, float] = MappingProxyType(
    {
        CoverageState.COMPLETE: 1.0,
        CoverageState.ZERO: 1.0,
        CoverageState.PARTIAL: 0.7,
        CoverageState.FAILED: 0.0,
        CoverageState.NOT_COLLECTED: 0.0,
    }
)

Reader = Callable[[Work, Look], tuple[Collected, ...]]


class DataManager:
    """Reads what is watched: repositories, manifests and advisories on this machine's disk, and outside services."""

    spec = AgentSpec(
        name=NAME,
        title="Data manager",
        capabilities=frozenset(
            {
                COLLECT_GIT,
                COLLECT_GITHUB,
                COLLECT_FEED,
                COLLECT_PACKAGE,
                COLLECT_DEPENDENCIES,
                COLLECT_ADVISORIES,
                COLLECT_KNOWN,
            }
        ),
        target_kinds=frozenset(TargetKind),
        pool=Pool.THREADS,
    )

    def run(self, work: Work) -> AgentReport:
        """Collect what the step's capability names from its target.

        Raises ``BadEvidenceError`` where the target is missing or is not what it should be (unless the target's option
        ``optional`` is true: then the coverage says "not collected"), ``SourceUnavailableError`` where git hangs or a
        service is away, ``QuotaExhaustedError`` where one asks to be asked later, and ``StoppedError`` where the step
        must stop.
        """
        target, reader, source = _task(work)
        look = Look(target=target, now=work.now, stop=work.stop_signal, cursors=work.cursors)
        look.go_on(doing="starting the collection")
        try:
            collected = reader(work, look)
        except BadEvidenceError as error:
            if target.options.get("optional") is not True:
                raise
            lack = look.coverage(source, CoverageState.NOT_COLLECTED, detail=str(error))
            collected = (Collected(source=source, coverage=(lack,)),)
        return _report(target, collected)


def _task(work: Work) -> tuple[Target, Reader, str]:
    if work.target is None:
        raise BadEvidenceError(f"step {work.step}, field target: none; {work.capability} needs one target")
    task = _READERS.get((work.capability, work.target.kind))
    if task is None:
        can = ", ".join(sorted(f"{capability} of {kind}" for capability, kind in _READERS))
        raise BadEvidenceError(
            f"step {work.step}: {work.capability} of a target of kind {work.target.kind} is not something that "
            f"{NAME} can do; it can do {can}"
        )
    reader, source = task
    return work.target, reader, source


def _git(_work: Work, look: Look) -> tuple[Collected, ...]:
    repository = repository_at(look.target.location)
    git = Git(repository.git_dir, look.stop)
    return read_history(git, look, note=repository.foreign), read_tags(git, look), read_notes(git, look)


def _git_dependencies(_work: Work, look: Look) -> tuple[Collected, ...]:
    git = Git(repository_at(look.target.location).git_dir, look.stop)
    return (read_commit_manifests(git, look),)


def _dependencies(_work: Work, look: Look) -> tuple[Collected, ...]:
    return (read_manifests(shelf_at(look.target.location), look),)


def _advisories(work: Work, look: Look) -> tuple[Collected, ...]:
    if look.target.location == KEV:
        return _outside(exploited, work, look)
    if look.target.location == OSV_SERVICE:
        raise BadEvidenceError(f"target {look.target.id} is a service, which is asked about each other target alone")
    return (read_advisories(look),)


def _known(work: Work, look: Look) -> tuple[Collected, ...]:
    used = work.reader.read(targets=[look.target.id], kinds=["dependency"])
    return _outside(partial(known, dependencies=used), work, look)


def _outside(read: Visit, work: Work, look: Look) -> tuple[Collected, ...]:
    with work.services.open(work.stop_signal) as http:
        return tuple(replace(one, replay=http.replayed) for one in read(http, look))


_READERS: Mapping[tuple[str, TargetKind], tuple[Reader, str]] = MappingProxyType(
    {
        (COLLECT_GIT, TargetKind.GIT): (_git, HISTORY),
        (COLLECT_GITHUB, TargetKind.GITHUB): (partial(_outside, github), GITHUB),
        (COLLECT_FEED, TargetKind.FEED): (partial(_outside, feed), FEED),
        (COLLECT_PACKAGE, TargetKind.PACKAGE): (partial(_outside, package), INDEX),
        (COLLECT_KNOWN, TargetKind.GIT): (_known, OSV),
        (COLLECT_KNOWN, TargetKind.PACKAGE): (_known, OSV),
        (COLLECT_KNOWN, TargetKind.SBOM): (_known, OSV),
        (COLLECT_DEPENDENCIES, TargetKind.GIT): (_git_dependencies, MANIFEST),
        (COLLECT_DEPENDENCIES, TargetKind.SBOM): (_dependencies, MANIFEST),
        (COLLECT_ADVISORIES, TargetKind.ADVISORIES): (_advisories, OSV),
    }
)


def _report(target: Target, collected: Iterable[Collected]) -> AgentReport:
    parts = tuple(collected)
    coverage = tuple(one for part in parts for one in part.coverage)
    put_aside = sum(len(part.quarantined) for part in parts)
    played = next((part.replay for part in parts if part.replay), "")
    return AgentReport(
        agent=NAME,
        target=target.id,
        summary=_summary(target, coverage, put_aside=put_aside),
        confidence=round(fmean(_CONFIDENCE[one.state] for one in coverage), 2),
        reasons=tuple(f"{one.source}: {one.detail}" for one in coverage if _CONFIDENCE[one.state] < 1),
        coverage=coverage,
        metrics={
            "new": sum(len(part.evidence) for part in parts),
            "quarantined": put_aside,
            **({"replay": played} if played else {}),
        },
        evidence=tuple(item for part in parts for item in part.evidence),
        quarantined=tuple(item for part in parts for item in part.quarantined),
        cursors={part.source: part.cursor for part in parts if part.cursor is not None},
        replaces=tuple(kind for part in parts for kind in part.replaces),
    )


def _summary(target: Target, coverage: tuple[Coverage, ...], *, put_aside: int) -> str:
    seen = ", ".join(f"{one.source} {one.items:,} ({one.state.value.replace('_', ' ')})" for one in coverage)
    return f"{target.label}: {seen}" + (f"; {put_aside:,} put aside" if put_aside else "")
