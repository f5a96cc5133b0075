"""Commits become a real repository, by one stream into ``git fast-import``: quick, and the same for the same seed."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.planted.histories import Commit


def write_repository(path: Path, commits: Iterable[Commit]) -> None:
    """Make a bare repository of the commits, each on top of the one before. Raises ``CalledProcessError``."""
    _git("init", "--quiet", "--bare", str(path))
    _git(f"--git-dir={path}", "symbolic-ref", "HEAD", "refs/heads/main")
    words = ["git", f"--git-dir={path}", "fast-import", "--quiet", "--done"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, env=_environment()) as process:
        pipe = process.stdin
        assert pipe is not None  # noqa: S101  stdin=PIPE above; this tells the type checker
        for piece in _stream(commits):
            pipe.write(piece)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)


def _stream(commits: Iterable[Commit]) -> Iterator[bytes]:
    for mark, commit in enumerate(commits, start=1):
        who = f"{commit.name} <{commit.email}> {int(commit.at.timestamp())} +0000".encode()
        yield b"commit refs/heads/main\nmark :%d\ncommitter %s\n" % (mark, who)
        yield _data(commit.subject)
        for path, text in commit.files.items():
            yield b"M 100644 inline %s\n" % path.encode() + _data(text)
        if commit.tag:
            yield b"tag %s\nfrom :%d\ntagger %s\n" % (commit.tag.encode(), mark, who) + _data(commit.subject)
    yield b"done\n"


def _data(text: str) -> bytes:
    body = text.encode()
    return b"data %d\n%s\n" % (len(body), body)


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, env=_environment(), stdout=subprocess.DEVNULL)


def _environment() -> dict[str, str]:
    """Return an environment in which nobody's own settings of git count."""
    quiet = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    return {"PATH": os.environ.get("PATH", os.defpath), **quiet}
