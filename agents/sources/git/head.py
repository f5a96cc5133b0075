"""Where a history starts: the commit that HEAD names, and what the repository lacks."""

from pathlib import Path

from agents.sources.git.command import Git
from agents.sources.git.errors import GitRefusedError


def head(git: Git) -> str | None:
    """Return the hash that HEAD names, whether or not that commit can be read; None where there are no commits at all.

    Raises ``GitRefusedError`` where HEAD names none although there are branches: that is not the same as none.
    """
    try:
        return git.line("rev-parse", "--verify", "--quiet", "HEAD")
    except GitRefusedError as error:
        if _any_branches(git):
            why = "HEAD names no commit although there are branches; git symbolic-ref HEAD refs/heads/NAME chooses one"
            raise GitRefusedError(why) from error
        return None


def shallow_boundary(git: Git) -> frozenset[str]:
    """Return the commits at which a shallow clone was cut; empty for a whole one."""
    boundary = _common_dir(git) / "shallow"
    return frozenset(boundary.read_text("ascii", "replace").split()) if boundary.is_file() else frozenset()


def blob_at(git: Git, commit: str, path: str) -> str:
    """Return the id of a file's content at a commit; empty where there is none."""
    try:
        return git.line("rev-parse", "--verify", "--quiet", f"{commit}:{path}")
    except GitRefusedError:
        return ""


def is_ancestor(git: Git, commit: str, *, of: str) -> bool:
    """Say whether a commit lies in the history of another; False too where it is gone, as after a forced push."""
    try:
        git.read("merge-base", "--is-ancestor", commit, of)
    except GitRefusedError:
        return False
    return True


def _any_branches(git: Git) -> bool:
    # A file that is there and cannot be read as a ref is a broken branch, which git passes over.
    if git.read("for-each-ref", "--count=1", "--format=%(refname)"):
        return True
    return any(path.is_file() for path in (_common_dir(git) / "refs").rglob("*"))


def _common_dir(git: Git) -> Path:
    return Path(git.line("rev-parse", "--path-format=absolute", "--git-common-dir"))
