"""A sign of life: a small file that a process writes again every few seconds, for as long as it is well.

A health check reads it every few seconds too, so next to nothing is imported here. Times are those of the machine's
clock that never goes back, which all of its processes share; a sign says itself for how long it holds.
"""

import os
import time
from pathlib import Path

_LONGEST = 1_000
"""More letters than any sign has."""


def leave(path: Path, *, who: str, seconds: float) -> None:
    """Write a sign that holds for so many seconds, in one step: nobody reads half of one. Raises ``OSError``."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.write_text(f"{time.monotonic()} {seconds} {os.getpid()} {who}\n", encoding="utf-8")
    draft.replace(path)


def of_child(path: Path, pid: int) -> Path:
    """Return where a process of a pool leaves its sign: beside its worker's."""
    return path.with_name(f"{path.name}.{pid}")


def clear(path: Path) -> None:
    """Remove the signs of a pool's processes that have ended. Raises ``OSError``."""
    for pid, sign in _of_children(path).items():
        if not _lives(pid):
            sign.unlink(missing_ok=True)


def look(path: Path) -> tuple[bool, str]:
    """Return whether a process and those of its pool are well by the signs that they left, and what was seen."""
    try:
        own = _judge(path)
        others = [_judge(sign) for pid, sign in _of_children(path).items() if _lives(pid)]
    except FileNotFoundError:
        return False, f"there is no sign of life at {path}: whoever leaves one there has not started yet"
    except (OSError, ValueError):
        return False, f"what stands at {path} is no sign of life: name the file that LOOKOUT_HEARTBEAT_FILE names"
    return next((verdict for verdict in others if not verdict[0]), own) if own[0] else own


def _judge(path: Path) -> tuple[bool, str]:
    """Judge one sign. Raises ``OSError``, or ``ValueError`` where it is none."""
    with path.open(encoding="utf-8") as file:
        at, holds, pid, who = file.read(_LONGEST).split(" ", 3)
    age, allowed = time.monotonic() - float(at), float(holds)
    name = f"{who.strip()} (pid {int(pid)})"
    if age < 0:
        return False, f"the sign of life of {name} is from before this machine started"
    if age > allowed:
        return False, f"{name} has given no sign of life for {age:.0f} s; {allowed:.0f} s are allowed"
    return True, f"{name} gave a sign of life {age:.1f} s ago"


def _of_children(path: Path) -> dict[int, Path]:
    """Return the signs of a pool's processes, by their ids, whether they live or not."""
    entries = os.listdir(path.parent)  # noqa: PTH208  in one call
    parts = (entry.rpartition(".") for entry in entries)
    return {int(end): of_child(path, int(end)) for name, _, end in parts if name == path.name and end.isdecimal()}


def _lives(pid: int) -> bool:
    """Whether there is such a process, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
