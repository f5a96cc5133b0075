"""One entry of a feed as evidence: a post."""

from datetime import datetime
from urllib.parse import urlsplit

from pydantic import JsonValue

from agents.contract import Evidence, Untrusted
from agents.sources.collected import digest
from agents.sources.feeds.entry import Entry, UnreadableError
from agents.sources.git.authors import NAME_LIMIT
from agents.sources.git.changelog import sections
from agents.sources.git.commits import SUBJECT_LIMIT
from agents.sources.git.moments import believable, iso
from agents.sources.look import KEY_LIMIT, Look
from agents.sources.text import clean, clean_line

SOURCE = "feed"
SUMMARY_LIMIT = 2_000
"""Characters of what an entry says that are kept."""
LINK_LIMIT = 2_000
_UNNAMED = 120
"""Characters of its text that an entry without a title is called by."""
_DATE = 60


def post(entry: Entry, look: Look) -> Evidence:
    """Return an entry as evidence; its key is its id, else its link, else a hash of what it says.

    Raises ``UnreadableError`` for an entry that says nothing.
    """
    title = clean_line(entry.title, limit=SUBJECT_LIMIT) or clean_line(entry.summary, limit=_UNNAMED)
    link = _web(entry.link)
    if not (title or link or entry.id):
        raise UnreadableError("it has neither an id nor a link, a title or a text")
    data: dict[str, JsonValue] = {
        "title": title,
        "link": link,
        "author": clean_line(entry.author, limit=NAME_LIMIT),
        "summary": clean(entry.summary, limit=SUMMARY_LIMIT).strip(),
        "published_at": iso(_told(entry.published, look)),
        "updated_at": iso(_told(entry.updated, look)),
        "version": _version(title),
    }
    if doubts := _doubts(entry, look):
        data["dirt"] = doubts
    return Evidence(
        target=look.target.id,
        source=SOURCE,
        kind="post",
        key=_key(entry.id or link) or digest(entry.title, entry.summary, *entry.dates),
        at=happened(entry, look),
        title=Untrusted(title),
        data=data,
        url=link if link.startswith("https://") else "",
    )


def happened(entry: Entry, look: Look) -> datetime | None:
    """Return when it was published, else when it was last changed; None where neither can be."""
    return _told(entry.published, look) or _told(entry.updated, look)


def _told(when: datetime | None, look: Look) -> datetime | None:
    return when if believable(when, now=look.now) else None


def _doubts(entry: Entry, look: Look) -> list[JsonValue]:
    """Return what is said of the dates, where none of them can be."""
    said = ", ".join(repr(clean_line(date, limit=_DATE)) for date in entry.dates)
    return [f"date {said} cannot be"] if said and happened(entry, look) is None else []


def _key(name: str) -> str:
    """Return a name as the key that it is; one that is too long, or not clean, by its hash: two never become one."""
    line = clean_line(name, limit=KEY_LIMIT)
    return line if line == name else digest(name)


def _web(link: str) -> str:
    """Return the address of a page of the web, else nothing."""
    whole = " " not in link and clean_line(link, limit=LINK_LIMIT) == link
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return link if whole and parts.scheme in {"https", "http"} and parts.hostname else ""


def _version(title: str) -> str:
    """Return the version that a title announces as a change log's heading would: alone, or with little beside it."""
    announced = sections(f"# {title}")
    return announced[0].version if announced and not announced[0].unreleased else ""
