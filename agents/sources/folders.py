"""Plain files under a folder, found without ever leaving it: links out of it, pipes and devices are not there."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path


def plain_file(root: Path, path: str) -> Path | None:
    """Return the file at a path below the root, links resolved; None where it is no plain file or lies outside."""
    base = root.resolve()
    try:
        place = (base / path).resolve()
        return place if place.is_relative_to(base) and place.is_file() else None
    except (OSError, RuntimeError, ValueError):
        # Too long a name, a circle of links, a NUL.
        return None


def paths_below(root: Path, *, depth: int, wanted: Callable[[str], bool], entered: Callable[[str], bool]) -> list[str]:
    """Return the wanted paths below the root, sorted, ``/`` between their parts; hidden folders are passed by.

    ``depth`` is how many folders deep to look; ``entered`` decides by a folder's name whether to look into it.
    """
    return sorted(path for path in _walk(root, depth=depth, entered=entered) if wanted(path))


def _walk(root: Path, *, depth: int, entered: Callable[[str], bool]) -> Iterator[str]:
    for folder, inner, names in os.walk(root):
        here = Path(folder).relative_to(root)
        deep = len(here.parts) >= depth
        inner[:] = [] if deep else [name for name in inner if entered(name) and not name.startswith(".")]
        yield from ((here / name).as_posix() for name in names)
