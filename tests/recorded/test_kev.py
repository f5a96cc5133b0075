"""The real catalogue of exploited flaws, through the reader, from a service on loopback."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from support.services import Said, service
from unit.sources.kev.files import document, entry

from agents.contract import CoverageState, Evidence, Target, TargetKind
from agents.sources.collected import Collected
from agents.sources.http.client import Http
from agents.sources.http.site import Site
from agents.sources.kev.catalogue import read_exploited
from agents.sources.look import Look

pytestmark = pytest.mark.recorded

ENTRIES = 1_126
RANSOMWARE = 261


@pytest.fixture(scope="module")
def catalogue(recordings: Path) -> Any:  # noqa: ANN401  JSON
    return json.loads((recordings / "security" / "cisa_kev.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schema(recordings: Path) -> Any:  # noqa: ANN401  JSON
    return json.loads((recordings / "security" / "cisa_kev_schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def collected(recordings: Path) -> Collected:
    body = (recordings / "security" / "cisa_kev.json").read_bytes()
    target = Target(kind=TargetKind.ADVISORIES, location="kev")
    look = Look(target=target, now=datetime(2026, 1, 1, tzinfo=UTC), stop=threading.Event())
    with (
        service(lambda _: Said(body=body)) as there,
        Http(stop=threading.Event(), sites=[Site("kev", f"{there.url}/kev.json")]) as http,
    ):
        return read_exploited(http, look)


def test_every_entry_is_evidence(catalogue: Any, collected: Collected) -> None:  # noqa: ANN401  JSON
    # Given the real catalogue, when it is read, then nothing of it is put aside
    assert (len(collected.evidence), collected.quarantined) == (ENTRIES, ())
    assert (collected.coverage[0].state, collected.replaces) == (CoverageState.COMPLETE, ("exploited",))
    # And each entry says what the catalogue says
    found: dict[str, Evidence] = {one.key: one for one in collected.evidence}
    for raw in catalogue["vulnerabilities"]:
        one = found[raw["cveID"]]
        assert one.about == (raw["cveID"],)
        assert one.at is not None
        assert one.at.date().isoformat() == one.data["added"] == raw["dateAdded"]
        assert one.data["due"] == raw["dueDate"]
        assert (one.data["vendor"], one.data["product"]) == tuple(
            " ".join(raw[name].split()) for name in ("vendorProject", "product")
        )
        assert one.title
        assert one.data["action"]
    assert sum(one.data["ransomware"] is True for one in collected.evidence) == RANSOMWARE


def test_what_the_tests_make_up_and_what_is_real_have_the_same_form(catalogue: Any, schema: Any) -> None:  # noqa: ANN401
    # Given CISA's own schema, when both are held against it, then both fit
    validator = jsonschema.Draft7Validator(schema)
    assert [*validator.iter_errors(catalogue)] == []
    assert [*validator.iter_errors(json.loads(document(entry())))] == []
