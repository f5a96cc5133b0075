"""Catalogues of exploited flaws made by hand, in the shape of CISA's."""

import json
from typing import Any


def entry(cve: str = "CVE-2024-0001", **more: object) -> dict[str, object]:
    """Return an entry as CISA writes it."""
    return {
        "cveID": cve,
        "vendorProject": "Acme",
        "product": "Lamp",
        "vulnerabilityName": "Acme Lamp Command Injection Vulnerability",
        "dateAdded": "2024-05-20",
        "shortDescription": "Acme Lamp lets anybody turn it on.",
        "requiredAction": "Apply mitigations per vendor instructions.",
        "dueDate": "2024-06-10",
        "knownRansomwareCampaignUse": "Known",
        "notes": "https://acme.example.org/advisories/1; https://vulns.example.org/CVE-2024-0001",
        "cwes": ["CWE-78"],
        **more,
    }


def document(*entries: object, **more: object) -> bytes:
    """Return the catalogue's file."""
    whole: dict[str, Any] = {
        "title": "Known exploited",
        "catalogVersion": "2024.05.20",
        "dateReleased": "2024-05-20T14:00:00.1234Z",
        "count": len(entries),
        "vulnerabilities": [*entries],
    }
    return json.dumps({**whole, **more}).encode()
