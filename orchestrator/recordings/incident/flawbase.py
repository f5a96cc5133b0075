"""What the database of flaws answers to questions about packages, one or many at a time: OSV's interface, version 1."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from orchestrator.recordings.incident.accounts import Document
from orchestrator.recordings.incident.records import osv
from orchestrator.recordings.incident.story import Flaw, Story

_MOST_AT_ONCE = 1_000
_PURL = re.compile(r"pkg:(?P<kind>[^/@?#]+)/(?P<name>[^@?#]+)(?:@(?P<version>[^?#]+))?")


class BadQuestionError(Exception):
    """A question that the database would not answer; the message says why."""


def one(story: Story, name: str) -> Document | None:
    """Return a record by its id, whatever its letters; None where there is none."""
    return next((osv(each) for each in story.flaws if each.id.lower() == name.lower()), None)


def query(story: Story, body: bytes) -> Document:
    """Return the records that a question asks for, in full. Raises ``BadQuestionError``."""
    found = [osv(each) for each in _asked_for(story, _read(body))]
    return {"vulns": found} if found else {}


def batch(story: Story, body: bytes) -> Document:
    """Return, for each of many questions, the ids that it asks for. Raises ``BadQuestionError``."""
    asked = _read(body).get("queries")
    if not isinstance(asked, list) or len(asked) > _MOST_AT_ONCE:
        raise BadQuestionError(f"queries: give a list of {_MOST_AT_ONCE} at most")
    records = ([osv(each) for each in _asked_for(story, question)] for question in asked)
    return {"results": [_short(found) for found in records]}


def _short(found: list[Document]) -> Document:
    return {"vulns": [{"id": each["id"], "modified": each["modified"]} for each in found]} if found else {}


def _read(body: bytes) -> Mapping[str, Any]:
    """Return what was sent, as an object."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise BadQuestionError("the body: give an object of JSON")
    return asked


def _asked_for(story: Story, question: object) -> Iterator[Flaw]:
    """Yield the flaws of a package, or those of one of its versions."""
    package, version = _package(question)
    for flaw in story.flaws:
        if _plain(flaw.package) == package and (not version or version in flaw.versions):
            yield flaw


def _package(question: object) -> tuple[str, str]:
    """Return the package of a question, empty where it is of no ecosystem of ours, and the version."""
    asked = question if isinstance(question, dict) else {}
    named = asked.get("package")
    if not isinstance(named, dict):
        raise BadQuestionError("package: give an object with name and ecosystem, or with purl")
    version = str(asked.get("version") or "")
    purl = _PURL.match(str(named.get("purl") or ""))
    if purl:
        kind, name, version = purl["kind"], unquote(purl["name"]), unquote(purl["version"] or "") or version
    else:
        kind, name = str(named.get("ecosystem") or ""), str(named.get("name") or "")
    return (_plain(name) if kind.lower() == "pypi" else ""), version


def _plain(name: str) -> str:
    """Return a package's name as its registry compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
