"""Small private files that are there whole or not at all."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

SMALL = 65_536


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step, readable by its user alone; whoever reads it meanwhile sees the old or the new."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with ExitStack() as undo:
        undo.callback(Path(name).unlink, missing_ok=True)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        undo.pop_all()


def read_small(path: Path) -> str | None:
    """Return the text of a small file, or None where there is none.

    A link is not followed and a pipe is not waited for: as root we read in folders that belong to another user.
    Raises ``OSError`` where the file cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read(SMALL).decode("utf-8", "replace")
