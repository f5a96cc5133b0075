"""Where a watchlist's targets lie, and whether anything is there where that is this machine."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from agents.contract import Target, TargetKind
from agents.sources.named import SERVICES
from orchestrator.domain.watchlist import Watchlist
from orchestrator.planning.outside import feed, package, repository
from orchestrator.planning.problems import Problem, shown

OPTIONAL = "optional"
"""The option of a target that need not be there."""

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:", re.IGNORECASE)
_BARE = ("HEAD", "objects", "refs")
_UNSEEN = "does not exist, or this user cannot reach it; mend the path or its folder's mode"


def place_of(kind: TargetKind, words: str, *, folder: Path) -> str:
    """Return a target's place in the one spelling that its id has. ValueError, with the remedy, where it is none."""
    if kind is TargetKind.ADVISORIES and words in SERVICES:
        return _service(words, folder=folder)
    outside = _OUTSIDE.get(kind)
    return outside(words) if outside else locate(words, folder=folder)


def locate(words: str, *, folder: Path) -> str:
    """Return an absolute place here: ``~`` written out, relative to the watchlist's own folder, links not followed.

    ValueError, with the remedy, for an address of the network or the home of somebody who does not exist.
    """
    if _ADDRESS.match(words):
        raise ValueError("is an address, not a place on this machine; clone or download it and give that folder")
    written = os.path.expanduser(words)  # noqa: PTH111 - pathlib raises where a home is unknown; this leaves it alone
    if words.startswith("~") and written.startswith("~"):
        raise ValueError("names a home folder that is not known here; write the path out")
    return os.path.abspath(folder / written)  # noqa: PTH100 - resolve() would follow links, and a link's name is the id


def _service(word: str, *, folder: Path) -> str:
    """Return a service's name. What is used is told to nobody because a folder happens to be called like one."""
    if os.path.lexists(folder / word):
        raise ValueError(f"is both a service and a folder here; write './{word}' for the folder, or rename that")
    return word


def check_paths(watchlist: Watchlist) -> tuple[Problem, ...]:
    """Return what is wrong with the places that a watchlist names, in the file's order; nothing is read or run.

    A target whose option ``optional`` is true may be missing: its report says then that it was not collected.
    """
    needed = (target for target in watchlist.targets if target.options.get(OPTIONAL) is not True)
    found = ((target, _fault(target)) for target in needed)
    return tuple(
        Problem(
            file=str(watchlist.path),
            line=watchlist.lines.get(target.id, 0),
            column=1 if target.id in watchlist.lines else 0,
            field=str(target.kind),
            message=f"{shown(target.location)} {fault}",
        )
        for target, fault in found
        if fault
    )


def _fault(target: Target) -> str:
    """Return what is wrong with a target's place on this machine, with the remedy; empty where nothing is."""
    if target.kind in _OUTSIDE or target.location in SERVICES:
        return ""
    return _UNSEEN if not os.path.lexists(target.location) else _FAULTS[target.kind](Path(target.location))


def _git_fault(path: Path) -> str:
    """Return why a place is no git repository. Only names are looked at: git itself is asked when the run collects."""
    if not os.path.isdir(path):  # noqa: PTH112 - unlike pathlib's, it answers no where the path cannot be reached
        return "is no folder; give the folder of a git clone"
    if _present(path, ".git") or all(_present(path, name) for name in _BARE):
        return ""
    above = next((str(parent) for parent in path.parents if _present(parent, ".git")), "")
    inside = f"; it lies inside the clone {above}: give that" if above else "; give a clone, or run 'git init' in it"
    return f"is no git repository{inside}"


def _sbom_fault(path: Path) -> str:
    """Return why a place is no lock file or bill of materials, nor a folder of them."""
    mode = os.R_OK | os.X_OK if os.path.isdir(path) else os.R_OK  # noqa: PTH112
    if os.access(path, mode) and not os.path.isdir(path) and not os.path.isfile(path):  # noqa: PTH112, PTH113
        return "is a pipe or a device, which has no content to come back to; write it into a file and give that"
    return "" if os.access(path, mode) else "cannot be read by this user; mend the link or its mode"


def _advisories_fault(path: Path) -> str:
    """Return why a place is no folder of advisories."""
    if not os.path.isdir(path):  # noqa: PTH112
        return "is no folder; give the folder that holds the OSV records"
    return "" if os.access(path, os.R_OK | os.X_OK) else "cannot be listed by this user; mend the folder's mode"


def _present(folder: Path, name: str) -> bool:
    """Whether a folder holds that name."""
    return os.path.lexists(folder / name)


_OUTSIDE: Mapping[TargetKind, Callable[[str], str]] = {
    TargetKind.GITHUB: repository,
    TargetKind.PACKAGE: package,
    TargetKind.FEED: feed,
}
"""What reads the places of targets that are on no disk of ours; nobody is asked whether they exist before a run."""

_FAULTS: Mapping[TargetKind, Callable[[Path], str]] = {
    TargetKind.GIT: _git_fault,
    TargetKind.SBOM: _sbom_fault,
    TargetKind.ADVISORIES: _advisories_fault,
}
