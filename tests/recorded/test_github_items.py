"""Every recorded commit, release, issue, pull request and repository of GitHub, as evidence."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from agents.contract import Target, TargetKind
from agents.sources.github.items import commit, issue, release, repository
from agents.sources.look import Look
from orchestrator.recordings.exchange import read_exchanges

LOOK = Look(target=Target(kind=TargetKind.GIT, location="o/r"), now=datetime(2026, 11, 22, tzinfo=UTC), stop=Event())
OF = r"https://api\.github\.com/repos/[^/]+/[^/?]+"
READERS = {
    rf"{OF}/commits(\?.*)?": commit,
    rf"{OF}/releases": release,
    rf"{OF}/(issues|pulls)(\?.*)?": issue,
    rf"{OF}": repository,
}


def items(recordings: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield each item with what reads it."""
    for one in read_exchanges(recordings / "github_api" / "recordings"):
        read = next((read for pattern, read in READERS.items() if re.fullmatch(pattern, one.request.url)), None)
        if read is None or one.response.status != 200:
            continue
        try:
            told = json.loads(one.body)
        except ValueError:
            continue  # the recording has a placeholder where a number was
        for item in told if isinstance(told, list) else [told]:
            yield read, item


def test_every_recorded_item_is_read_whole(recordings: Path) -> None:
    # When all are read
    seen: Counter[str] = Counter()
    for read, item in items(recordings):
        found = read(item, LOOK)
        whole = found[0] if isinstance(found, tuple) else found
        seen[whole.kind] += 1
        # Then each has its time, its title, and its page
        assert whole.at is not None or whole.data.get("draft")
        assert whole.title
        assert whole.url.startswith("https://github.com/") or not item.get("html_url")
    # And there are some of each kind
    assert set(seen) == {"commit", "release", "issue", "pull", "repository"}
    assert seen["commit"] > 100
