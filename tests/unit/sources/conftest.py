"""Real git repositories made for a test, and looks at targets, for the tests of the sources."""

import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from agents.contract import StopSignal, Target, TargetKind
from agents.sources.look import Look

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
SETTINGS = (
    "user.name=Committer",
    "user.email=committer@example.org",
    "init.defaultBranch=main",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "core.autocrlf=false",
)


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs git in a folder, free of anybody's settings: ``git(folder, *words, **variables)``."""
    base = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }

    def run(folder: Path, *words: str, content: bytes = b"", **variables: str) -> str:
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        done = subprocess.run(
            ["git", *settings, "-C", str(folder), *words],
            input=content,
            env={**base, **variables},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "replace").strip()

    return run


@pytest.fixture
def repository(tmp_path: Path, git: Callable[..., str]) -> Path:
    """Return the folder of a new repository without commits."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    return folder


@pytest.fixture
def commit(git: Callable[..., str]) -> Callable[..., str]:
    """Return a function that writes files, commits them and returns the hash."""

    def make(
        folder: Path,
        subject: str,
        *,
        files: Mapping[str, str | bytes] | None = None,
        when: str = "2024-01-02T03:04:05+00:00",
        author: str = "Ada <ada@example.org>",
        committed: str = "",
    ) -> str:
        for name, text in (files or {}).items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode() if isinstance(text, str) else text)
        git(folder, "add", "--all", "--force")
        words = ("commit", "--quiet", "--allow-empty", "--allow-empty-message", f"--author={author}", "-m", subject)
        git(folder, *words, GIT_AUTHOR_DATE=when, GIT_COMMITTER_DATE=committed or when)
        return git(folder, "rev-parse", "HEAD")

    return make


@pytest.fixture
def look_at() -> Callable[..., Look]:
    """Return a function that makes a look at a place."""

    def make(
        place: Path | str,
        *,
        kind: TargetKind = TargetKind.GIT,
        cursors: Mapping[str, JsonValue] | None = None,
        options: Mapping[str, JsonValue] | None = None,
        stop: StopSignal | None = None,
    ) -> Look:
        target = Target(kind=kind, location=str(place), options=options or {})
        return Look(target=target, now=NOW, stop=stop or threading.Event(), cursors=cursors or {})

    return make
