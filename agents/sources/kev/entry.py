"""One entry of the catalogue of known exploited vulnerabilities, as evidence.

Schema: ``known_exploited_vulnerabilities_schema.json``, which CISA publishes beside the catalogue. Only the id is
needed: an entry that lacks other fields still says that its flaw is exploited.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from agents.contract import Evidence, Untrusted
from agents.sources.look import Look
from agents.sources.text import clean, clean_line

SOURCE = "kev"
KIND = "exploited"
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PAGE = re.compile(r"https://[^\s;,<>\"]+")
_LINE = 300
_TEXT = 4_000


class NoEntryError(ValueError):
    """The value is no entry of the catalogue; the message says why."""


def exploited(raw: object, *, look: Look) -> Evidence:
    """Return an entry as evidence; raises ``NoEntryError`` where it names no CVE id."""
    if not isinstance(raw, Mapping):
        raise NoEntryError("is no object, so it is no entry")
    cve = _line(raw, "cveID").upper()
    if not _CVE.fullmatch(cve):
        raise NoEntryError(f"cveID is {cve!r}, which is no CVE id such as CVE-2024-12345")
    name, notes = _line(raw, "vulnerabilityName"), clean(_text(raw, "notes"), limit=_TEXT)
    page = _PAGE.search(notes)
    return Evidence(
        target=look.target.id,
        source=SOURCE,
        kind=KIND,
        key=cve,
        at=_midnight(_line(raw, "dateAdded")),
        title=Untrusted(name or cve),
        data={
            "cve": cve,
            "vendor": _line(raw, "vendorProject"),
            "product": _line(raw, "product"),
            "name": name,
            "added": _day(_line(raw, "dateAdded")),
            "due": _day(_line(raw, "dueDate")),
            "ransomware": _line(raw, "knownRansomwareCampaignUse").lower() == "known",
            "action": clean(_text(raw, "requiredAction"), limit=_TEXT),
            "notes": notes,
        },
        url=page[0] if page else "",
        about=(cve,),
    )


def _midnight(written: str) -> datetime | None:
    """Return a day's beginning in UTC; None where it is no day."""
    try:
        return datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=UTC) if _DAY.fullmatch(written) else None
    except ValueError:
        return None


def _day(written: str) -> str:
    """Return a day as it is written; empty where it is none."""
    return written if _midnight(written) else ""


def _line(raw: Mapping[object, object], name: str) -> str:
    return clean_line(_text(raw, name), limit=_LINE)


def _text(raw: Mapping[object, object], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""
