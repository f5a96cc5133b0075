"""The flaws of a world as a folder of OSV records, one file each, as databases publish them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.planted.packages import RATED, Flaw, Package

_TEXT = "A request that is made for it lets a stranger read what is not his. " * 6


def write_advisories(folder: Path, world: tuple[Package, ...]) -> int:
    """Write the records and return how many there are; a flaw that two databases have gets two."""
    folder.mkdir(parents=True)
    written = 0
    for package in world:
        for flaw in package.flaws:
            for record in _records(package, flaw):
                (folder / f"{record['id']}.json").write_text(json.dumps(record), encoding="utf-8")
                written += 1
    return written


def _records(package: Package, flaw: Flaw) -> Iterator[dict[str, Any]]:
    yield _record(package, flaw, name=flaw.id, aliases=[flaw.alias] if flaw.alias else [])
    if flaw.alias:
        yield _record(package, flaw, name=flaw.alias, aliases=[flaw.id])


def _record(package: Package, flaw: Flaw, *, name: str, aliases: list[str]) -> dict[str, Any]:
    begin = package.releases[flaw.begin] if flaw.begin else "0"
    events = [{"introduced": begin}, {"fixed": package.releases[flaw.end]}]
    record = {
        "schema_version": "1.6.0",
        "id": name,
        "modified": "2025-06-01T12:00:00Z",
        "published": "2025-03-01T12:00:00Z",
        "aliases": aliases,
        "summary": f"A flaw in {package.name}",
        "details": _TEXT,
        "severity": [{"type": "CVSS_V3", "score": RATED[flaw.severity]}],
        "affected": [
            {
                "package": {"ecosystem": package.ecosystem, "name": package.name},
                "ranges": [{"type": "ECOSYSTEM" if package.ecosystem == "PyPI" else "SEMVER", "events": events}],
                "versions": list(package.releases[flaw.begin : flaw.end]) if package.ecosystem == "PyPI" else [],
            }
        ],
        "references": [{"type": "WEB", "url": f"https://advisories.example/{name}"}],
    }
    return record | ({"withdrawn": "2025-06-01T12:00:00Z"} if flaw.withdrawn else {})
