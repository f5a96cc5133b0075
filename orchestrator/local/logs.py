"""The log file of one child process, and its last words."""

import os
from pathlib import Path

LARGEST = 10_000_000
LAST_LINES = 8
LAST_BYTES = 4_000


def turn_over(path: Path) -> int:
    """Set a log aside (as ``.old``) once it is large; return the size in bytes of what is there now."""
    size = path.stat().st_size if path.exists() else 0
    if size <= LARGEST:
        return size
    path.replace(path.with_name(f"{path.name}.old"))
    return 0


def last_words(path: Path, *, since: int = 0) -> str:
    """Return the last lines that were written after byte ``since``; empty where there are none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(since, end - LAST_BYTES))
        text = file.read().decode("utf-8", "replace")
    return "\n".join(text.strip().splitlines()[-LAST_LINES:])
