"""Our own plain reading: when the last commit was, how many there are, and what the manifests of today name.

A few questions to the disk, none of the agents' methods, and nothing of what earlier steps collected.
"""

from datetime import datetime, timedelta

from agents.contract import Coverage, CoverageState, Evidence, Finding, Severity, Target, TargetKind, Untrusted
from agents.sources.baseline.reading import KIND, Reading
from agents.sources.collected import Collected
from agents.sources.git.command import Git
from agents.sources.git.errors import GitRefusedError
from agents.sources.git.moments import believable, moment
from agents.sources.git.repository import repository_at
from agents.sources.look import Look, counted
from agents.sources.manifests.collecting import read_manifests
from agents.sources.manifests.commit import read_commit_manifests
from agents.sources.manifests.shelf import shelf_at

SOURCE = "baseline"
QUIET_DAYS = 365
FOUND = 0.6
"""Confidence of a finding: a date is hard to get wrong, but merges and bots' commits are not told apart."""


def read_history(look: Look) -> Reading:
    """Return how old a clone's newest commit is, and how many there are.

    Raises ``BadEvidenceError`` where the target is no repository, ``SourceUnavailableError`` where git hangs, and
    ``StoppedError`` where the step must stop.
    """
    git = Git(repository_at(look.target.location).git_dir, look.stop)
    try:
        sha, committed = git.line("log", "-1", "--format=%H %ct", "HEAD").split()
        commits = int(git.line("rev-list", "--count", "HEAD"))
    except (GitRefusedError, ValueError) as error:
        why = f"git tells no newest commit ({error}); try git fsck"
        failed = look.coverage(SOURCE, CoverageState.FAILED, detail=why)
        return Reading(summary="no commit could be read", confidence=0.0, coverage=(failed,))
    last = moment(committed)
    told = f"last commit {last:%Y-%m-%d}" if last else "a last commit without a date"
    return Reading(
        summary=f"{told}, of {counted(commits, 'commit')}",
        confidence=FOUND,
        coverage=(look.coverage(SOURCE, CoverageState.COMPLETE, items=commits),),
        findings=_quiet(look, last, sha=sha),
        evidence=(_head(look.target, sha=sha, at=last, commits=commits),),
        metrics={"commits": commits},
    )


def read_dependencies(look: Look) -> tuple[tuple[Evidence, ...], Coverage]:
    """Return what the target's manifests name today, and how much of them was seen; errors as in ``read_history``."""
    collected = _manifests(look)
    seen = collected.coverage[0]
    return collected.evidence, seen.model_copy(update={"source": SOURCE})


def _manifests(look: Look) -> Collected:
    if look.target.kind is TargetKind.GIT:
        return read_commit_manifests(Git(repository_at(look.target.location).git_dir, look.stop), look)
    return read_manifests(shelf_at(look.target.location), look)


def _head(target: Target, *, sha: str, at: datetime | None, commits: int) -> Evidence:
    return Evidence(
        target=target.id,
        source=SOURCE,
        kind=KIND,
        key=sha,
        at=at,
        title=Untrusted(f"newest of {counted(commits, 'commit')}"),
        data={"commits": commits},
    )


def _quiet(look: Look, last: datetime | None, *, sha: str) -> tuple[Finding, ...]:
    """Return a finding where nobody has committed for a year: the same claim as the agent's, seen more plainly."""
    if last is None or not believable(last, now=look.now) or look.now - last < timedelta(days=QUIET_DAYS):
        return ()
    quiet = Finding(
        kind="github.inactive",
        target=look.target.id,
        claim="inactive",
        severity=Severity.MEDIUM,
        confidence=FOUND,
        title=f"No commit to {look.target.label} for {(look.now - last).days} days",
        detail="Read from dates alone: merges and bots' commits count as well.",
        since=last,
        evidence=(sha,),
        next_action="Find out whether it is still maintained",
    )
    return (quiet,)
