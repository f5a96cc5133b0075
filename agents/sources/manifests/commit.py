"""The manifests of a repository's newest commit, read from git's objects as its history is."""

from agents.contract import CoverageState
from agents.sources.collected import Collected
from agents.sources.git.command import Git
from agents.sources.git.errors import GitRefusedError
from agents.sources.git.head import head
from agents.sources.look import Look
from agents.sources.manifests.collecting import SOURCE, read_manifests
from agents.sources.manifests.shelf import CommitShelf


def read_commit_manifests(git: Git, look: Look) -> Collected:
    """Return what ``read_manifests`` does of HEAD's files; FAILED where git cannot read them, ZERO without commits."""
    try:
        newest = head(git)
        if newest is not None:
            return read_manifests(CommitShelf(git, newest), look)
    except GitRefusedError as error:
        return _without(look, CoverageState.FAILED, why=f"git cannot read the files of HEAD ({error}); try git fsck")
    return _without(look, CoverageState.ZERO, why="the repository has no commits yet")


def _without(look: Look, state: CoverageState, *, why: str) -> Collected:
    gone = ("dependency",) if state is CoverageState.ZERO else ()
    return Collected(source=SOURCE, coverage=(look.coverage(SOURCE, state, detail=why),), replaces=gone)
