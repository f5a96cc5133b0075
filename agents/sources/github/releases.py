"""Releases of a repository: read whole at each look, for notes are edited and releases withdrawn."""

from agents.contract import CoverageState
from agents.sources.collected import Collected
from agents.sources.git.moments import iso
from agents.sources.github.items import release
from agents.sources.github.repo import PAGE, Repo
from agents.sources.look import counted, sentence

SOURCE = "github:releases"
OPTION = "max_releases"
_KINDS = ("release", "tag", "change_note")


def read_releases(repo: Repo) -> Collected:
    """Return the newest releases, each with its tag and its notes. Raises as ``Http.get`` does.

    What is not among them is gone, or older than what may be read: what is known is always the newest ones, without a
    hole. Where one of them cannot be read nothing is taken for gone: it may be that one. The cursor only says that they
    were read: a release is news where it was not there at an earlier look.
    """
    listed = repo.listed("releases", {}, option=OPTION, by=release, source=SOURCE)
    releases = sum(one.kind == "release" for one in listed.found)
    lacks = []
    if listed.more:
        lacks.append(f"the newest {repo.most(OPTION) * PAGE:,}; {repo.remedy(OPTION)}")
    if listed.strays:
        lacks.append(f"{counted(len(listed.strays), 'release')} could not be read and were put aside")
    whole = CoverageState.COMPLETE if releases else CoverageState.ZERO
    none = "" if releases or lacks else "no release; tags without one are seen in a clone alone"
    coverage = repo.look.coverage(
        SOURCE, CoverageState.PARTIAL if lacks else whole, items=releases, detail=sentence(none, *lacks)
    )
    return Collected(
        source=SOURCE,
        coverage=(coverage,),
        evidence=listed.found,
        quarantined=listed.strays,
        cursor={"seen": iso(repo.look.now)},
        replaces=() if listed.strays else _KINDS,
    )
