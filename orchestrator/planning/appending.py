"""Adding a target to a watchlist's text: everything that is there stays as it is written, comments too."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from agents.contract import TargetKind
from orchestrator.domain.watchlist import Watchlist
from orchestrator.errors import WatchlistError
from orchestrator.planning.documents import compose
from orchestrator.planning.outside import repository
from orchestrator.planning.watchlist import parse_watchlist

NEW = "version: 1\n\ntargets:\n"
_KINDS = tuple(str(kind) for kind in TargetKind)
_WEB = ("http://", "https://")
_MANIFESTS_HINT = "give KIND:PLACE, such as github:OWNER/NAME, package:pypi/NAME, git:FOLDER, sbom:FILE or feed:ADDRESS"


def kind_and_place(word: str, *, folder: Path) -> tuple[str, str]:
    """Return what a pasted word means, as a watchlist's key and value. ValueError, with the remedy, for what is none.

    ``KIND:PLACE`` is what it says; addresses of GitHub are repositories, other addresses feeds, package URLs packages;
    what is there on this machine is a clone or a list of dependencies; anything else like ``owner/name`` is on GitHub.
    """
    kind, colon, place = word.partition(":")
    if colon and kind in _KINDS and place:
        return kind, place
    if word.startswith("pkg:"):
        return TargetKind.PACKAGE, word
    path = folder / Path(word).expanduser()
    if not word.startswith(_WEB) and path.exists():
        return (TargetKind.GIT if (path / ".git").exists() else TargetKind.SBOM), word
    try:
        return TargetKind.GITHUB, repository(word)
    except ValueError:
        if word.startswith(_WEB):
            return TargetKind.FEED, word
        raise ValueError(f"{word!r} is nothing that can be watched; {_MANIFESTS_HINT}") from None


def appended(document: str, entry: Mapping[str, object], *, path: Path) -> tuple[str, Watchlist]:
    """Return the text with one more target at its end, and the watchlist that it is now.

    Raises ``WatchlistError`` where the text is no watchlist before or after, or its targets are written in a line.
    """
    text = document if document.strip() else NEW
    if not text.endswith("\n"):
        text += "\n"
    lines = text.splitlines(keepends=True)
    after, indent = _end(text, path=path)
    grown = "".join([*lines[:after], *_written(entry, indent=indent), *lines[after:]])
    return grown, parse_watchlist(grown, path=path)


def _end(text: str, *, path: Path) -> tuple[int, int]:
    """Return after which line the next target stands, and how far its dash is indented."""
    root = compose(text, file=str(path))
    for key, value in root.value:
        if key.value != "targets":
            continue
        if isinstance(value, yaml.ScalarNode) and not value.value:
            return key.end_mark.line + 1, 2
        if not isinstance(value, yaml.SequenceNode) or value.flow_style:
            raise WatchlistError(f"{path}: targets: is written in one line; write each on a line that begins with '- '")
        # The list's own mark may be that of an anchor or a tag before it, and an item's is behind its dash.
        before = reversed(text.splitlines()[: value.value[0].start_mark.line + 1])
        dash = next(line.index("-") for line in before if line.lstrip().startswith("-"))
        return max(_lines(value)) + 1, dash
    return text.count("\n"), 2


def _lines(node: yaml.Node) -> Iterator[int]:
    """Yield the last lines of a node's own words: its end mark lies beyond the comments that follow."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        for part in node.value:
            for each in part if isinstance(part, tuple) else (part,):
                yield from _lines(each)
        return
    # A block of text ends at the beginning of the line after it.
    yield node.end_mark.line - (node.end_mark.column == 0 and node.end_mark.line > node.start_mark.line)


def _written(entry: Mapping[str, object], *, indent: int) -> Iterator[str]:
    """Yield the lines of a target."""
    for number, (key, value) in enumerate(entry.items()):
        lead = "- " if number == 0 else "  "
        said = yaml.safe_dump(value, default_flow_style=True, width=1_000, allow_unicode=True).removesuffix("...\n")
        yield f"{' ' * indent}{lead}{key}: {said.strip()}\n"
