"""One thing that GitHub told, as evidence: in the form that git's own evidence has, where it is the same thing.

Each function raises ``UnreadableError`` for what is no such thing; whoever called puts it aside with the reason.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from agents.contract import Evidence, Untrusted
from agents.sources.git.authors import NAME_LIMIT, author_id, co_authors
from agents.sources.git.commits import SUBJECT_LIMIT
from agents.sources.git.moments import believable, iso
from agents.sources.github.fields import count, each, text, when, yes
from agents.sources.look import KEY_LIMIT, Look
from agents.sources.text import clean, clean_line

SOURCE = "github"
RELEASES = "releases"
"""What stands for the file of a change note that is a release's."""
NOTE_LIMIT = 50_000
"""Characters of a release's notes that are kept."""
MOST_LABELS = 30
_CO_AUTHOR = re.compile(r"^co-authored-by:(.*)$", re.IGNORECASE | re.MULTILINE)
Item = Mapping[str, Any]
Data = dict[str, JsonValue]


class UnreadableError(Exception):
    """An item lacks what makes it what it should be; the message names the field."""


def repository(item: Item, look: Look) -> Evidence:
    """Return what GitHub says of a repository as a whole."""
    name = _needed(item, "full_name")
    data: Data = {
        "id": count(item, "id"),
        "full_name": name,
        "description": _line(item, "description", limit=SUBJECT_LIMIT),
        "default_branch": _line(item, "default_branch"),
        "license": _line(item, "license", "spdx_id"),
        "language": _line(item, "language"),
        "archived": yes(item, "archived"),
        "disabled": yes(item, "disabled"),
        "fork": yes(item, "fork"),
        "stars": count(item, "stargazers_count"),
        "forks": count(item, "forks_count"),
        "watchers": count(item, "subscribers_count"),
        "open_issues_and_pulls": count(item, "open_issues_count"),
        "created_at": iso(when(item, "created_at")),
        "pushed_at": iso(when(item, "pushed_at")),
    }
    return _told(item, look, kind="repository", key="repository", moment=when(item, "pushed_at"), title=name, data=data)


def commit(item: Item, look: Look) -> Evidence:
    """Return a commit, as git would have told it; what it changed is not said."""
    sha = _needed(item, "sha")
    name, email = text(item, "commit", "author", "name"), text(item, "commit", "author", "email")
    authored, committed = when(item, "commit", "author", "date"), when(item, "commit", "committer", "date")
    message = text(item, "commit", "message")
    subject = clean_line(message.partition("\n")[0], limit=SUBJECT_LIMIT)
    data: Data = {
        "hash": sha,
        "author_id": author_id(name, email),
        "author": clean_line(name, limit=NAME_LIMIT),
        "login": _line(item, "author", "login"),
        "authored_at": iso(authored),
        "committed_at": iso(committed),
        "subject": subject,
        "is_merge": sum(1 for _ in each(item, "parents")) > 1,
        "co_authors": co_authors("\x1f".join(_CO_AUTHOR.findall(message))),
        "files": None,
        "insertions": None,
        "deletions": None,
    }
    times = [moment for moment in (committed, authored) if believable(moment, now=look.now)]
    return _told(item, look, kind="commit", key=sha, moment=times[0] if times else None, title=subject, data=data)


def release(item: Item, look: Look) -> tuple[Evidence, ...]:
    """Return a release, and what it is as well: a note of what changed and, once it is out, a tag."""
    version = _needed(item, "tag_name")
    told_at = when(item, "published_at")
    published = told_at if believable(told_at, now=look.now) else None
    heading = _line(item, "name") or version
    told: Data = {
        "tag": version,
        "name": heading,
        "draft": yes(item, "draft"),
        "prerelease": yes(item, "prerelease"),
        "published_at": iso(published),
        "created_at": iso(when(item, "created_at")),
        "login": _line(item, "author", "login"),
        "downloads": sum(count(asset, "download_count") or 0 for asset in each(item, "assets")),
    }
    tag: Data = {
        "name": version,
        "commit": "",
        "annotated": False,
        "tagged_at": iso(published),
        "committed_at": iso(when(item, "created_at")),
        "subject": heading,
    }
    note: Data = {
        "file": RELEASES,
        "line": 0,
        "version": version,
        "unreleased": yes(item, "draft"),
        "date": published.date().isoformat() if published else "",
        "heading": heading,
        "text": clean(text(item, "body"), limit=NOTE_LIMIT),
    }
    whole = _told(item, look, kind="release", key=version, moment=published, title=heading, data=told)
    notes = whole.model_copy(update={"kind": "change_note", "key": f"{RELEASES}#{version}", "data": note})
    return (whole, notes) if told["draft"] else (whole, notes, whole.model_copy(update={"kind": "tag", "data": tag}))


def issue(item: Item, look: Look) -> Evidence:
    """Return an issue, or a pull request: GitHub's lists of issues hold both."""
    number = count(item, "number")
    if not number:
        raise UnreadableError("number is missing, so nothing says which issue this is")
    opened = when(item, "created_at")
    pull = item.get("pull_request") is not None or "merged_at" in item
    labels: list[JsonValue] = [_line(label, "name") for label in each(item, "labels")]
    data: Data = {
        "number": number,
        "state": _line(item, "state"),
        "reason": _line(item, "state_reason"),
        "labels": labels[:MOST_LABELS],
        "comments": count(item, "comments"),
        "reactions": count(item, "reactions", "total_count"),
        "login": _line(item, "user", "login"),
        "bot": text(item, "user", "type") == "Bot",
        "association": _line(item, "author_association"),
        "locked": yes(item, "locked"),
        "opened_at": iso(opened),
        "updated_at": iso(when(item, "updated_at")),
        "closed_at": iso(when(item, "closed_at")),
    }
    if pull:
        merged = when(item, "merged_at") or when(item, "pull_request", "merged_at")
        data |= {"draft": yes(item, "draft"), "merged_at": iso(merged)}
    title = _line(item, "title", limit=SUBJECT_LIMIT)
    kind = "pull" if pull else "issue"
    return _told(item, look, kind=kind, key=str(number), moment=opened, title=title, data=data)


def _told(item: Item, look: Look, *, kind: str, key: str, moment: datetime | None, title: str, data: Data) -> Evidence:
    """Return an item as evidence; a time that cannot be is left out."""
    return Evidence(
        target=look.target.id,
        source=SOURCE,
        kind=kind,
        key=key,
        at=moment if believable(moment, now=look.now) else None,
        title=Untrusted(title),
        data=data,
        url=_link(item),
    )


def _needed(item: Item, name: str) -> str:
    """Return a text without which the item is nothing."""
    found = _line(item, name)
    if not found:
        raise UnreadableError(f"{name} is missing, so nothing says which one this is")
    return found


def _line(item: Item, *path: str, limit: int = KEY_LIMIT) -> str:
    """Return a text as one line; empty where there is none."""
    return clean_line(text(item, *path), limit=limit)


def _link(item: Item) -> str:
    """Return the item's page for people; only an address of the web is one."""
    link = clean_line(text(item, "html_url"), limit=2_000)
    return link if link.startswith("https://") else ""
