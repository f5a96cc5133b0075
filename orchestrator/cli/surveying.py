"""What ``lookout watch`` does: looks for what a project uses, and writes a watchlist of it."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from agents.contract import TargetKind
from agents.sources.manifests.reading import read
from agents.sources.manifests.shelf import Manifest, shelf_at
from agents.sources.named import KEV, OSV
from orchestrator.cli.outcome import write_whole
from orchestrator.cli.terminal import say
from orchestrator.errors import WatchlistError
from orchestrator.planning.appending import appended
from orchestrator.planning.outside import ECOSYSTEMS, package

_HEAD = """\
# Made by `lookout watch`. Edit it as you like; `lookout watchlist check` says whether it is right.
version: 1
name: {name}

defaults:
  max_age: 1d

targets:
"""
_MOST_PACKAGES = 200
_DECLARATIONS = frozenset({"pyproject.toml", "package.json", "requirements.in"})
"""Files in which people name what they want; where there is one, lock files only say what that brings along."""


def survey(folder: Path, *, output: Path | None, packages: bool, offline: bool) -> None:
    """Write a watchlist of a project. Raises ``WatchlistError`` where nothing there can be watched."""
    if output is not None and output.exists():
        raise click.UsageError(f"{output} is there already: give another --output, or add to it with `watchlist add`")
    base = (output or Path("watchlist.yaml")).absolute().parent
    manifests = list(shelf_at(str(folder)).manifests())
    entries = list(_entries(folder, manifests, base=base, packages=packages, offline=offline))
    if not entries or not (manifests or (folder / ".git").exists()):
        raise WatchlistError(f"{folder}: neither a git clone nor a lock file is there; give a project's folder")
    text = _HEAD.format(name=folder.resolve().name or "watched")
    for entry in entries:
        text, _ = appended(text, entry, path=base / "watchlist.yaml")
    if not offline:
        say("`advisories: osv` tells that service the names and versions of what is used; --offline leaves it out")
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(output, text)
        say(
            f"{output} written; `lookout watchlist cost {output}` says what it costs, `lookout run {output}` looks once"
        )


def _entries(
    folder: Path, manifests: list[Manifest], *, base: Path, packages: bool, offline: bool
) -> Iterator[Mapping[str, object]]:
    """Yield the targets of a project: what it is, what it uses, and what that is compared with."""
    if (folder / ".git").exists():
        yield {str(TargetKind.GIT): _from(base, folder), "tier": "critical"}
    elif manifests:
        yield {str(TargetKind.SBOM): _from(base, folder), "tier": "critical"}
    if packages:
        for name in _named(manifests):
            yield {str(TargetKind.PACKAGE): name, "tier": "tech_stack"}
    if not offline:
        yield from ({str(TargetKind.ADVISORIES): service} for service in (OSV, KEV))


def _named(manifests: list[Manifest]) -> list[str]:
    """Return the packages that a project names itself, each once; not those that these bring along."""
    declared = [manifest for manifest in manifests if Path(manifest.path).name in _DECLARATIONS]
    used = [one for manifest in declared or manifests for one in read(manifest).parsed.dependencies]
    found: dict[str, None] = {}
    for one in (one for one in used if one.direct is not False):
        if one.ecosystem.lower() in ECOSYSTEMS:
            try:
                found[package(f"{one.ecosystem.lower()}/{one.name}")] = None
            except ValueError:
                say(f"left out: {one.name!r} is no package's name")
    if len(found) > _MOST_PACKAGES:
        say(f"{len(found):,} packages are named; the first {_MOST_PACKAGES} are watched one by one")
    return sorted(found)[:_MOST_PACKAGES]


def _from(base: Path, place: Path) -> str:
    """Return a place as it is written in a watchlist that stands in a folder."""
    relative = os.path.relpath(place.absolute(), base)
    return str(place.absolute()) if relative.startswith(f"..{os.sep}..") else relative
