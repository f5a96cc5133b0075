"""As root: one copy of the servers' programs where their account can run them."""

import fcntl
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from orchestrator.errors import ServiceError
from orchestrator.local.home import Home
from orchestrator.local.programs import POSTGRES_INSTALL, POSTGRES_PACKAGE, VALKEY_PROGRAM, Programs
from orchestrator.local.reach import ensure_own
from orchestrator.local.trouble import disk_trouble

LIBRARIES = f"{POSTGRES_PACKAGE}.libs"
PARTIAL = ".partial-"
NOT_NEEDED = shutil.ignore_patterns("include", "pkgconfig", "*.a")
FOR_ALL_TO_RUN = 0o755
FOR_ALL_TO_READ = 0o644


def reachable_programs(programs: Programs, *, home: Home, base: Path) -> Programs:
    """Return programs that any user can run: the shared copy, or one in ``base`` where root cannot have a shared one.

    Two processes that come here at once wait for each other; an interrupted copy is never taken for a whole one.
    """
    keeper = copies_folder(home, base=base)
    folder = keeper / f"programs-{programs.version}"
    copy = replace(programs, site=folder, valkey=folder / VALKEY_PROGRAM)
    with disk_trouble(folder, doing="copy the servers' programs to"), one_at_a_time(keeper):
        if not is_whole(copy, source=programs):
            sweep(keeper)
            install(folder, source=programs)
    return copy


def copies_folder(home: Home, *, base: Path) -> Path:
    """Return the folder of the shared copy, or ``base`` where root cannot have one (a read-only system, e.g.)."""
    try:
        ensure_own(home.copies)
    except (OSError, ServiceError):
        return base
    return home.copies


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the folder's lock for the length of the block; wait for whoever holds it."""
    # Closed to others, who could otherwise hold the lock for ever.
    handle = os.open(folder / "copy.lock", os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_whole(copy: Programs, *, source: Programs) -> bool:
    """Whether the copy's programs are there in full; a power cut may have left them short."""
    pairs = zip(copy.all, source.all, strict=True)
    return all(mine.exists() and mine.stat().st_size == its.stat().st_size for mine, its in pairs)


def install(folder: Path, *, source: Programs) -> None:
    """Copy what the servers need, open it to all, and put it in place in one step."""
    partial = folder.with_name(f"{folder.name}{PARTIAL}new")
    inside = Path(POSTGRES_PACKAGE) / POSTGRES_INSTALL
    shutil.copytree(source.site / inside, partial / inside, ignore=NOT_NEEDED)
    shutil.copytree(source.site / LIBRARIES, partial / LIBRARIES)
    shutil.copy2(source.valkey, partial / VALKEY_PROGRAM)
    open_to_all((partial, *partial.rglob("*")))
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}{PARTIAL}old"))
    partial.rename(folder)
    sweep(folder.parent)


def open_to_all(paths: Iterable[Path]) -> None:
    """Let everybody read the files, and run what its owner can run; pip may have installed them for its user alone."""
    for path in paths:
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(FOR_ALL_TO_RUN if runs else FOR_ALL_TO_READ)


def sweep(folder: Path) -> None:
    """Remove what an interrupted copy left; under the lock it is nobody's."""
    for left in folder.glob(f"programs-*{PARTIAL}*"):
        shutil.rmtree(left)
