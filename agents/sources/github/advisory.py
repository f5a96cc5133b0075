"""A security advisory as GitHub has it becomes an OSV record, and that becomes evidence as every other one does."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from agents.contract import Evidence
from agents.sources.github.fields import at, each, text
from agents.sources.github.items import SOURCE, Item, UnreadableError
from agents.sources.github.ranges import ECOSYSTEMS, LONGEST, read_versions
from agents.sources.look import Look
from agents.sources.osv.dirt import MAX_NOTES
from agents.sources.osv.evidence import evidence_of
from agents.sources.osv.record import NoRecordError, advisory
from agents.sources.text import clean_line

PUBLIC = frozenset({"", "published", "withdrawn"})
"""States of an advisory that everybody may know of; GitHub's own database has none."""
_ID = re.compile(r"GHSA(?:-[0-9a-z]{4}){3}")
_LABELS = {"medium": "MODERATE"}
"""OSV's words for GitHub's, where they differ by more than their letters' size."""
_VECTOR = {"CVSS:3": "CVSS_V3", "CVSS:4": "CVSS_V4", "AV:": "CVSS_V2"}
_SHOWN = 80


def is_public(item: Item) -> bool:
    """Whether everybody may know of an advisory: one that is a draft or under discussion is nobody's business yet."""
    return text(item, "state") in PUBLIC


def advisory_evidence(item: Item, look: Look) -> Evidence:
    """Return an advisory, in the form of those that the OSV reader finds. Raises ``UnreadableError``."""
    identity = text(item, "ghsa_id")
    if not _ID.fullmatch(identity):
        raise UnreadableError("ghsa_id is missing or none of GitHub's, so nothing says which advisory this is")
    record, dirt = osv_record(item)
    try:
        one = advisory(record)
    except NoRecordError as error:  # pragma: no cover  a record of ours has what makes it one
        raise UnreadableError(str(error)) from None
    found = evidence_of(one, look=look)
    told = found.data.get("dirt")
    notes = [*(told if isinstance(told, list) else []), *dirt][:MAX_NOTES]
    return found.model_copy(update={"source": SOURCE, "data": {**found.data, "dirt": notes}})


def osv_record(item: Item) -> tuple[dict[str, Any], list[JsonValue]]:
    """Return an advisory as an OSV record, with what of it could not be read."""
    affected: dict[tuple[str, str], dict[str, Any]] = {}
    dirt: list[JsonValue] = []
    for flaw in each(item, "vulnerabilities"):
        _put(flaw, affected=affected, dirt=dirt)
    withdrawn = text(item, "withdrawn_at") or (text(item, "updated_at") if text(item, "state") == "withdrawn" else "")
    record = {
        "id": text(item, "ghsa_id"),
        "aliases": [*dict.fromkeys(_aliases(item))],
        "summary": text(item, "summary"),
        "details": text(item, "description"),
        "published": text(item, "published_at"),
        "modified": text(item, "updated_at"),
        "severity": [{"type": kind, "score": vector} for kind, vector in _vectors(item).items()],
        "affected": [*affected.values()],
        "references": [{"type": "ADVISORY", "url": url} for url in dict.fromkeys(_references(item))],
        "database_specific": {
            "severity": _label(text(item, "severity")),
            "cwe_ids": [*dict.fromkeys(_weaknesses(item))],
        },
    }
    return {**record, **({"withdrawn": withdrawn} if withdrawn else {})}, dirt


def _put(flaw: Mapping[str, Any], *, affected: dict[tuple[str, str], dict[str, Any]], dirt: list[JsonValue]) -> None:
    """Add what is said of one package to what was said of it before; what names none is noted."""
    written = clean_line(text(flaw, "package", "ecosystem"), limit=_SHOWN)
    name = clean_line(text(flaw, "package", "name"), limit=LONGEST)
    ecosystem = ECOSYSTEMS.get(written.lower(), "")
    if not (ecosystem and name):
        dirt.append(f"{name[:_SHOWN]!r} of {written!r} is no package of an ecosystem that is known")
        return
    patched = _patched(flaw)
    said = text(flaw, "vulnerable_version_range")
    versions = read_versions(said, patched=patched, ecosystem=ecosystem)
    dirt.extend(versions.dirt)
    one = affected.setdefault(
        (ecosystem, name),
        {"package": {"ecosystem": ecosystem, "name": name}, "ranges": [], "versions": [], "database_specific": {}},
    )
    one["ranges"] += versions.ranges
    one["versions"] += versions.listed
    if versions.dirt:
        one["database_specific"] = {"vulnerable_version_range": said, "patched_versions": patched}


def _patched(flaw: Mapping[str, Any]) -> str:
    """Return where a flaw is mended: a repository's advisory has a line, GitHub's database the first version."""
    first = at(flaw, "first_patched_version")
    return text(flaw, "patched_versions") or (first if isinstance(first, str) else text(first, "identifier"))


def _aliases(item: Item) -> Iterator[str]:
    """Yield the flaw's other names."""
    names = (text(item, "cve_id"), *(text(one, "value") for one in each(item, "identifiers")))
    yield from (name for name in names if name and name != text(item, "ghsa_id"))


def _references(item: Item) -> Iterator[str]:
    """Yield the pages about it, its own first."""
    told = at(item, "references")
    pages = told if isinstance(told, list) else []
    found = (text(item, "html_url"), *(page if isinstance(page, str) else text(page, "url") for page in pages))
    yield from (page for page in found if page)


def _vectors(item: Item) -> dict[str, str]:
    """Return the CVSS vectors by OSV's names of their kinds."""
    places = (("cvss",), ("cvss_severities", "cvss_v3"), ("cvss_severities", "cvss_v4"))
    vectors = [text(item, *place, "vector_string") for place in places]
    kinds = ((next((kind for start, kind in _VECTOR.items() if one.startswith(start)), ""), one) for one in vectors)
    return {kind: one for kind, one in kinds if kind}


def _weaknesses(item: Item) -> Iterator[str]:
    """Yield the kinds of weakness, ``CWE-79``."""
    told = at(item, "cwe_ids")
    yield from (one for one in (told if isinstance(told, list) else []) if isinstance(one, str))
    yield from (one for one in (text(each_one, "cwe_id") for each_one in each(item, "cwes")) if one)


def _label(severity: str) -> str:
    """Return a severity in OSV's words."""
    return _LABELS.get(severity.lower(), severity.upper())
