"""GitHub's feed of releases: each entry is what GitHub's API calls a release, at no cost of its quota.

What the feed does not say is None: how often it was downloaded, and whether it is a pre-release.
"""

import re

from agents.contract import Evidence
from agents.sources.feeds.entry import Entry
from agents.sources.feeds.post import SOURCE, happened
from agents.sources.git.moments import iso
from agents.sources.github import items
from agents.sources.look import Look

_ID = re.compile(r"tag:github\.com,2008:Repository/[0-9]{1,20}/(?P<tag>\S.*)")
_OF_TAGS = re.compile(rb"<id>\s*tag:github\.com,2008:https://github\.com/[^<\s]{1,300}/tags\s*</id>")
_NOTHING_SAID = "No content."
_UNTOLD = ("downloads", "prerelease")


def tag_of(entry: Entry) -> str:
    """Return the tag that an entry of GitHub's is about; empty where it is none of its."""
    found = _ID.fullmatch(entry.id)
    return found["tag"] if found else ""


def lists_tags(head: bytes) -> bool:
    """Whether a feed says that it is GitHub's of tags, which has the same ids for entries that are no releases."""
    return _OF_TAGS.search(head) is not None


def releases(entry: Entry, look: Look, *, tags: bool) -> tuple[Evidence, ...]:
    """Return the release that an entry is, in the form of GitHub's API, with its tag, and its note where it has one.

    Nothing where it is no entry of GitHub's; the tag alone where the feed is one of ``tags``.
    """
    notes = "" if entry.content == _NOTHING_SAID else entry.content
    item = {
        "tag_name": tag_of(entry),
        "name": entry.title,
        "author": {"login": entry.author},
        "published_at": iso(happened(entry, look)),
        "body": notes,
        "html_url": entry.link,
    }
    several = items.release(item, look) if item["tag_name"] else ()
    left_out = {"release", "change_note"} if tags else {"change_note"} if not notes else set()
    return tuple(_of_feed(one) for one in several if one.kind not in left_out)


def _of_feed(one: Evidence) -> Evidence:
    untold = {name: None for name in _UNTOLD if name in one.data}
    return one.model_copy(update={"source": SOURCE, "data": {**one.data, **untold}})
