"""Flaws as the databases write them: OSV records, the code host's advisories, and the list of what is exploited."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from orchestrator.recordings.incident.accounts import Document, account
from orchestrator.recordings.incident.story import Exploited, Flaw, Repository
from orchestrator.recordings.incident.words import API, WEB, iso

_CRITICALITY = {"medium": "MODERATE"}
_DUE = timedelta(days=21)
"""How much time those get who have to mend what is on the list."""


def osv(one: Flaw) -> Document:
    """Return a flaw as a record of the form OSV 1.7."""
    affected: Document = {"package": {"ecosystem": "PyPI", "name": one.package, "purl": f"pkg:pypi/{one.package}"}}
    if one.introduced:
        events = [{"introduced": one.introduced}, *([{"fixed": one.fixed}] if one.fixed else [])]
        affected["ranges"] = [{"type": "ECOSYSTEM", "events": events}]
    affected["versions"] = list(one.versions)
    said: Document = {"cwe_ids": [one.weakness[0]]}
    if one.severity:
        said["severity"] = _CRITICALITY.get(one.severity, one.severity.upper())
    return {
        "schema_version": "1.7.0",
        "id": one.id,
        "published": iso(one.at),
        "modified": iso(one.at),
        "aliases": list(one.aliases),
        "related": list(one.related),
        "summary": one.summary,
        "details": one.details,
        **({"severity": [{"type": "CVSS_V3", "score": one.vector}]} if one.vector else {}),
        "affected": [affected],
        "references": [{"type": "ADVISORY", "url": _page(one)}],
        "database_specific": said,
    }


def repository_advisory(one: Flaw, *, repository: Repository) -> Document:
    """Return a flaw as a repository's own advisory."""
    who = account(repository.people[0])
    return {
        **_advisory(one),
        "url": f"{API}/repos/{repository.full_name}/security-advisories/{one.id}",
        "author": who,
        "publisher": who,
        "state": "published",
        "created_at": iso(one.at - timedelta(hours=2)),
        "closed_at": None,
        "submission": None,
        "vulnerabilities": [{**_vulnerable(one), "patched_versions": one.fixed, "vulnerable_functions": []}],
        "cwe_ids": [one.weakness[0]],
        "credits": [],
        "credits_detailed": [],
        "collaborating_users": [],
        "collaborating_teams": [],
        "private_fork": None,
    }


def global_advisory(one: Flaw) -> Document:
    """Return a flaw as the code host's database of all advisories has it."""
    return {
        **_advisory(one),
        "html_url": f"{WEB}/advisories/{one.id}",
        "url": f"{API}/advisories/{one.id}",
        "repository_advisory_url": f"{API}/repos/{one.repository}/security-advisories/{one.id}",
        "type": "reviewed",
        "source_code_location": f"{WEB}/{one.repository}",
        "references": [_page(one)],
        "github_reviewed_at": iso(one.at),
        "nvd_published_at": None,
        "vulnerabilities": [{**_vulnerable(one), "first_patched_version": one.fixed, "vulnerable_functions": []}],
        "credits": [],
    }


def exploited(listed: Sequence[Exploited], *, as_of: datetime) -> Document:
    """Return the list of what is known to be exploited."""
    return {
        "title": "Catalog of Known Exploited Vulnerabilities (fictional)",
        "catalogVersion": as_of.strftime("%Y.%m.%d"),
        "dateReleased": iso(max(each.at for each in listed)),
        "count": len(listed),
        "vulnerabilities": [_exploited(each) for each in reversed(listed)],
    }


def _exploited(one: Exploited) -> Document:
    return {
        "cveID": one.cve,
        "vendorProject": one.vendor,
        "product": one.product,
        "vulnerabilityName": one.name,
        "dateAdded": one.at.date().isoformat(),
        "shortDescription": one.text,
        "requiredAction": "Apply mitigations per the vendor's instructions, or stop using the product.",
        "dueDate": (one.at + _DUE).date().isoformat(),
        "knownRansomwareCampaignUse": "Unknown",
        "notes": f"https://records.example/{one.cve}",
        "cwes": [one.weakness],
    }


def _advisory(one: Flaw) -> Document:
    """Return what both kinds of advisory have in common."""
    cve = next((each for each in one.aliases if each.startswith("CVE-")), None)
    known = [("GHSA", one.id), ("CVE", cve)]
    score = {"vector_string": one.vector, "score": one.score}
    return {
        "ghsa_id": one.id,
        "cve_id": cve,
        "html_url": _page(one),
        "summary": one.summary,
        "description": one.details,
        "severity": one.severity,
        "identifiers": [{"type": kind, "value": value} for kind, value in known if value],
        "published_at": iso(one.at),
        "updated_at": iso(one.at),
        "withdrawn_at": None,
        "cvss": score,
        "cvss_severities": {"cvss_v3": score, "cvss_v4": None},
        "cwes": [{"cwe_id": one.weakness[0], "name": one.weakness[1]}],
    }


def _vulnerable(one: Flaw) -> Document:
    """Return what is affected, in the words of the code host."""
    begins = "" if one.introduced == "0" else f">= {one.introduced}, "
    return {
        "package": {"ecosystem": "pip", "name": one.package},
        "vulnerable_version_range": f"{begins}< {one.fixed}",
    }


def _page(one: Flaw) -> str:
    """Return a flaw's page for people."""
    return (
        f"{WEB}/{one.repository}/security/advisories/{one.id}"
        if one.repository
        else f"https://records.example/{one.id}"
    )
