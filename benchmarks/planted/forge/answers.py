"""What GitHub answers about one repository, in its own form: itself, commits, releases and advisories, newest first."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Any

from benchmarks.planted.forge.tales import Tale
from benchmarks.planted.histories import RECENT, Moment, subject
from benchmarks.planted.notes import note

OWNER = "planted"
SITE = "https://github.com"
OLD = timedelta(days=400)
"""How long before the last commit an announcement is one that nobody should care about any more."""
_DAY = timedelta(days=1)
Answer = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """One repository, and its history."""

    name: str
    tale: Tale
    moments: Sequence[Moment]
    """Oldest first."""
    now: datetime

    @property
    def full_name(self) -> str:
        """Its owner's name and its own."""
        return f"{OWNER}/{self.name}"

    @property
    def page(self) -> str:
        """Where people would look at it."""
        return f"{SITE}/{self.full_name}"

    @property
    def released(self) -> list[Moment]:
        """Its releases, oldest first."""
        return [moment for moment in self.moments if moment.release]

    @property
    def chance(self) -> random.Random:
        """A source of chance that is the same at each call."""
        return random.Random(self.full_name)


def repository(told: Told) -> Answer:
    """Return what is said of the repository as a whole."""
    licence = {"key": told.tale.licence.lower(), "spdx_id": told.tale.licence} if told.tale.licence else None
    return {
        "id": told.chance.randrange(10**9),
        "full_name": told.full_name,
        "html_url": told.page,
        "description": f"A repository that is {told.name}",
        "default_branch": "main",
        "license": licence,
        "language": "Python",
        "archived": told.tale.archived,
        "disabled": False,
        "fork": told.tale.fork,
        "stargazers_count": 120,
        "forks_count": 12,
        "subscribers_count": 7,
        "open_issues_count": 3,
        "created_at": said(told.moments[0].at),
        "pushed_at": said(told.moments[-1].at),
    }


def commits(told: Told) -> list[Answer]:
    """Return its commits."""
    chance = told.chance
    shas = [
        sha1(f"{told.full_name} {at}".encode(), usedforsecurity=False).hexdigest() for at in range(len(told.moments))
    ]
    listed = []
    for number, moment in enumerate(told.moments):
        login = "lead" if moment.author < 0 else f"author-{moment.author}"
        who = {"name": f"{login.capitalize()} of {told.name}", "email": f"{login}@{told.name}.example"}
        signed = {**who, "date": said(moment.at)}
        words = f"Release {moment.release}" if moment.release else subject(chance)
        commit = {"author": signed, "committer": signed, "message": f"{words}\n\n{subject(chance)}."}
        listed.append(
            {
                "sha": shas[number],
                "commit": commit,
                "author": {"login": login, "type": "User"},
                "committer": {"login": login, "type": "User"},
                "parents": [{"sha": sha} for sha in shas[max(0, number - 1) : number]],
                "html_url": f"{told.page}/commit/{shas[number]}",
            }
        )
    return listed[::-1]


def releases(told: Told) -> list[Answer]:
    """Return its releases, each with notes of what changed."""
    chance, story = told.chance, told.tale.story
    listed = []
    for left, moment in zip(range(len(told.released), 0, -1), told.released, strict=True):
        old = left > RECENT and moment.at < told.moments[-1].at - OLD
        words = note(moment.release, at=moment.at, chance=chance, breaks=left <= story.breaking, old=old)
        tag = f"v{moment.release}"
        deprecates = "\n### Deprecated\n\n- `old_door` is deprecated: use `new_door`.\n"
        listed.append(
            {
                "tag_name": tag,
                "name": f"{told.name} {moment.release}",
                "draft": False,
                "prerelease": False,
                "created_at": said(moment.at),
                "published_at": said(moment.at),
                "author": {"login": "author-0", "type": "User"},
                "body": words + (deprecates if left <= story.deprecating else ""),
                "assets": [{"name": f"{told.name}.tar.gz", "download_count": chance.randrange(900)}],
                "html_url": f"{told.page}/releases/tag/{tag}",
            }
        )
    return listed[::-1]


def advisories(told: Told) -> list[Answer]:
    """Return the flaws that it published about itself: those that a version mends, and those that none does."""
    mends = [True] * told.tale.mended + [False] * told.tale.unmended
    return [_advisory(told, number=number, mended=mended) for number, mended in enumerate(mends)]


def _advisory(told: Told, *, number: int, mended: bool) -> Answer:
    digest = _digest(f"{told.full_name} flaw {number}")
    identity = f"GHSA-{digest[:4]}-{digest[4:8]}-{digest[8:12]}"
    at = said(told.now - (60 + number) * _DAY)
    affected, patched = ("< 1.0.1", "1.0.1") if mended else (">= 1.0.0", "")
    package = {"ecosystem": "pip", "name": told.name}
    return {
        "ghsa_id": identity,
        "cve_id": None,
        "html_url": f"{told.page}/security/advisories/{identity}",
        "summary": f"A flaw in {told.name}",
        "description": "A request that is made for it lets a stranger read what is not his. " * 6,
        "severity": "high",
        "state": "published",
        "published_at": at,
        "updated_at": at,
        "withdrawn_at": None,
        "vulnerabilities": [{"package": package, "vulnerable_version_range": affected, "patched_versions": patched}],
        "cwe_ids": ["CWE-200"],
        "cvss": {"vector_string": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "score": 7.5},
    }


def said(at: datetime) -> str:
    """Return a time as GitHub writes it, in whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _digest(text: str) -> str:
    """Return a text's name in hexadecimal digits, as git would have one."""
    return sha1(text.encode(), usedforsecurity=False).hexdigest()
