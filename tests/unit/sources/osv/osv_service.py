"""An OSV service of a test: it answers batches of questions and gives records, in the real one's shapes."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from support.services import Said
from unit.sources.http.answering import Asked, as_json

Record = dict[str, Any]


def record(name: str, *, package: str = "lamp", versions: Iterable[str] = ("1.0",), **more: object) -> Record:
    """Return a record about versions of a package of PyPI."""
    return {
        "id": name,
        "modified": "2024-01-02T00:00:00Z",
        "summary": f"{package} burns",
        "affected": [{"package": {"ecosystem": "PyPI", "name": package}, "versions": [*versions]}],
        **more,
    }


@dataclass
class Osv:
    """What it knows, and how it behaves. Withdrawn records are given and never named, as by the real one."""

    records: dict[str, Record] = field(default_factory=dict)
    page: int = 1_000
    """Advisories that one answer names."""
    refused: frozenset[str] = frozenset()
    """Names of packages that make it refuse a whole batch."""
    instead: dict[str, Said] = field(default_factory=dict)
    """What it says in place of some records."""
    named: Mapping[str, Any] = field(default_factory=dict)
    """What it says in place of the answers about some packages."""
    withdrawn: bool = False
    """Whether it names withdrawn records too."""
    marked: bool = True
    """Whether its records have marks."""

    def add(self, *records: Record) -> None:
        """Let it know records, in place of those of the same id."""
        self.records |= {one["id"]: one for one in records}

    def answer(self, asked: Asked) -> Said:
        """Answer a request."""
        if asked.path == "/v1/querybatch" and asked.method == "POST":
            return self._batch(asked.json()["queries"])
        return self._record(asked)

    def _batch(self, queries: list[Any]) -> Said:
        if len(queries) > 1_000 or any(one["package"]["name"] in self.refused for one in queries):
            return Said(400, b'{"code": 3, "message": "Invalid query."}')
        return as_json({"results": [self._about(one) for one in queries]})

    def _about(self, query: Any) -> Any:  # noqa: ANN401  JSON
        package = query["package"]
        if package["name"] in self.named:
            return self.named[package["name"]]
        start = int(query.get("page_token", "0"))
        held = [one for one in self.records.values() if self.withdrawn or not one.get("withdrawn")]
        found = [one for one in held if holds(one, package, query.get("version"))]
        vulns = [{"id": one["id"], "modified": one["modified"]} for one in found[start : start + self.page]]
        further = {"next_page_token": str(start + self.page)} if start + self.page < len(found) else {}
        return {"vulns": vulns, **further} if vulns else {}

    def _record(self, asked: Asked) -> Said:
        name = unquote(asked.path.removeprefix("/v1/vulns/"))
        if name in self.instead:
            return self.instead[name]
        if name not in self.records:
            return Said(404, b'{"code": 5, "message": "Vulnerability not found."}')
        body = json.dumps(self.records[name]).encode()
        mark = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if not self.marked:
            return Said(body=body)
        if asked.headers.get("if-none-match") == mark:
            return Said(304, headers={"etag": mark})
        return Said(body=body, headers={"etag": mark, "content-type": "application/json"})


def holds(one: Record, package: Mapping[str, str], version: str | None) -> bool:
    """Whether a record is about a package, in a version where one is given."""
    return any(
        entry["package"]["name"] == package["name"]
        and entry["package"]["ecosystem"] == package["ecosystem"]
        and (version is None or version in entry.get("versions", ()))
        for entry in one["affected"]
    )
