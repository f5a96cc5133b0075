"""Advisories by their ids from the OSV service: one that cannot be had does not lose the others."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from agents.contract import Quarantined
from agents.errors import QuotaExhaustedError, SourceUnavailableError
from agents.sources.http.client import Http
from agents.sources.http.errors import GoneError, RefusedError
from agents.sources.http.page import Page
from agents.sources.look import Look
from agents.sources.osv.evidence import OSV
from agents.sources.osv.naming import SITE
from agents.sources.osv.record import Advisory, NoRecordError, advisory

PATH = "v1/vulns"
MOST_RECORDS = 2_000
"""In one look; the next one goes on where this one ended."""
_MOST_SILENT = 5
"""So many records one after the other that cannot be had: the service is in trouble, and is left alone."""
_MOST_LOST = 20
"""Parts of one record that are put aside; its own notes say how many there are."""
_RAW = 500


@dataclass(slots=True)
class Fetched:
    """What was had."""

    records: dict[str, Advisory] = field(default_factory=dict)
    """By the ids that were asked for."""
    strays: list[Quarantined] = field(default_factory=list)
    """What came and cannot be read, or not in full."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why the service will not give some of them, now or later."""
    last: str = ""
    """The id that was asked for last."""
    left: int = 0
    """How many were not asked for."""
    lacks: list[str] = field(default_factory=list)
    """In words, why some that were asked for are not there."""


def fetch_advisories(http: Http, look: Look, ids: Sequence[str], *, until: float) -> Fetched:
    """Return the first of the advisories, as many as may be read by a time of the monotonic clock.

    What is kept of one is not sent again.

    Raises ``QuotaExhaustedError`` where not even the first was given, ``DeniedError``, ``StoppedError``.
    """
    found = Fetched(left=len(ids))
    silent: list[SourceUnavailableError] = []
    in_a_row = 0
    for identity in ids[:MOST_RECORDS]:
        look.go_on(doing="reading the advisories")
        try:
            page = http.get(SITE, f"{PATH}/{quote(identity, safe='')}", accept="application/json")
            _take(page, identity, look=look, found=found)
            in_a_row = 0
        except QuotaExhaustedError as error:
            if not found.records:
                raise
            found.lacks.append(f"the service asks for a wait until {error.retry_at:%Y-%m-%d %H:%M} UTC")
            break
        except SourceUnavailableError as error:
            silent.append(error)
            in_a_row += 1
        except (GoneError, RefusedError) as error:
            found.refused[identity] = str(error)
            in_a_row = 0
        found.last, found.left = identity, found.left - 1
        if in_a_row == _MOST_SILENT or time.monotonic() >= until:
            break
    if silent:
        found.lacks.append(f"{len(silent):,} could not be had now, such as: {silent[0]}")
    return found


def _take(page: Page, identity: str, *, look: Look, found: Fetched) -> None:
    """Read one record, or put it aside."""
    try:
        one = _record(page, identity)
    except (NoRecordError, SourceUnavailableError) as error:
        raw = page.body[:_RAW].decode("utf-8", "replace")
        found.strays.append(look.quarantine(OSV, key=identity, reason=str(error), raw=raw))
        return
    found.records[identity] = one
    for lost in one.lost[:_MOST_LOST]:
        key = f"{identity}#{lost.partition(':')[0]}"
        found.strays.append(look.quarantine(OSV, key=key, reason=lost, raw=one.id))


def _record(page: Page, identity: str) -> Advisory:
    """Return the record that a page holds; it must be the one that was asked for."""
    one = advisory(page.json())
    if one.id != identity:
        raise NoRecordError(f"is the record of {one.id}, which was not asked for")
    return one
