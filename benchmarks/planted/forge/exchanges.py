"""Answers become recorded exchanges, one line of JSON each: what a replay plays to whoever asks.

A first look asks for whole lists. A later one asks for what has changed since the last thing that it knows, as it is
documented (docs/sources/github.md); GitHub would answer with that alone, so there is an exchange for it too.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from urllib.parse import urlencode

from benchmarks.planted.forge import answers
from benchmarks.planted.forge.answers import Answer, Told, said
from benchmarks.planted.forge.tickets import tickets

SERVICE = "https://api.github.com"
PAGE = 100
COMMITS_AGAIN, TICKETS_AGAIN = timedelta(days=7), timedelta(minutes=1)
"""How far later looks reach back behind what they know."""
_CHANGES = {"state": "all", "sort": "updated", "direction": "desc"}
Line = dict[str, Any]


def lines(told: Told) -> Iterator[str]:
    """Yield the exchanges about one repository as lines."""
    number = count()
    for exchange in _exchanges(told):
        yield json.dumps({"source": "made up", "file": told.name, "seq": next(number), **exchange})


def _exchanges(told: Told) -> Iterator[Line]:
    whole = f"/repos/{told.full_name}"
    yield _exchange(whole, {}, answers.repository(told))
    commits, changed = answers.commits(told), tickets(told)
    last = datetime.fromisoformat(commits[0]["commit"]["committer"]["date"]) - COMMITS_AGAIN
    yield from _pages(f"{whole}/commits", {}, commits)
    since = [one for one in commits if one["commit"]["committer"]["date"] >= said(last)]
    yield from _pages(f"{whole}/commits", {"since": said(last)}, since)
    yield from _pages(f"{whole}/releases", {}, answers.releases(told))
    year = said(told.now - timedelta(days=365))
    yield from _pages(f"{whole}/issues", {**_CHANGES, "since": year}, changed)
    last = datetime.fromisoformat(changed[0]["updated_at"]) - TICKETS_AGAIN
    since = [one for one in changed if one["updated_at"] >= said(last)]
    yield from _pages(f"{whole}/issues", {**_CHANGES, "since": said(last)}, since)
    yield from _pages(f"{whole}/security-advisories", {}, answers.advisories(told))


def _pages(path: str, query: Mapping[str, str], listed: Sequence[Answer]) -> Iterator[Line]:
    """Yield the pages of a list, each but the last with where the next one is; an empty list has one."""
    asked = {**query, "per_page": str(PAGE)}
    pages = max(1, -(-len(listed) // PAGE))
    for page in range(1, pages + 1):
        following = f'<{SERVICE}{path}?{urlencode({**asked, "page": page + 1})}>; rel="next"'
        numbered = asked if page == 1 else {**asked, "page": str(page)}
        link = {"Link": following} if page < pages else {}
        yield _exchange(path, numbered, list(listed[(page - 1) * PAGE : page * PAGE]), headers=link)


def _exchange(path: str, query: Mapping[str, str], told: object, *, headers: Mapping[str, str] | None = None) -> Line:
    """Return one exchange; its answer is marked by what it holds, so that it need not be sent twice."""
    body = json.dumps(told)
    mark = f'W/"{sha256(body.encode()).hexdigest()}"'
    said_with = {"Content-Type": "application/json; charset=utf-8", "ETag": mark, "X-RateLimit-Remaining": "4999"}
    asked = f"?{urlencode(query)}" if query else ""
    return {
        "request": {"method": "GET", "url": f"{SERVICE}{path}{asked}"},
        "response": {"status": 200, "headers": {**said_with, **(headers or {})}, "body": body},
    }
