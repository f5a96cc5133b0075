"""Real bills of materials through the reader of manifests."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.contract import CoverageState, Target, TargetKind
from agents.errors import BadEvidenceError
from agents.sources.collected import Collected
from agents.sources.look import Look
from agents.sources.manifests.collecting import read_manifests
from agents.sources.manifests.shelf import shelf_at

pytestmark = pytest.mark.recorded


def read(place: Path) -> Collected:
    target = Target(kind=TargetKind.SBOM, location=str(place))
    look = Look(target=target, now=datetime(2026, 1, 1, tzinfo=UTC), stop=threading.Event())
    return read_manifests(shelf_at(str(place)), look)


@pytest.fixture
def samples(recordings: Path) -> Path:
    return recordings / "security" / "dependency_track_samples"


@pytest.mark.parametrize("name", ["valid-bom-1.5.json", "valid-bom-1.6.json"])
def test_a_valid_bill_is_read_whole(samples: Path, name: str) -> None:
    # Given a bill that another tool calls valid, when it is read
    collected = read(samples / name)

    # Then its components are dependencies, with an ecosystem where their package URL tells one
    assert [(item.data["ecosystem"], item.data["name"], item.data["version"]) for item in collected.evidence] == [
        ("npm", "acme/component", "1.0.0"),
        ("", "org.example/mylibrary", "1.0.0"),
    ]
    assert collected.coverage[0].state is CoverageState.COMPLETE
    assert collected.quarantined == ()


def test_the_bills_are_found_among_other_files(samples: Path) -> None:
    assert {item.data["file"] for item in read(samples).evidence} == {"valid-bom-1.5.json", "valid-bom-1.6.json"}


def test_another_format_is_refused_by_its_name(samples: Path) -> None:
    with pytest.raises(BadEvidenceError, match=r"expected-internal\.sarif\.json: has no bomFormat CycloneDX"):
        read(samples / "expected-internal.sarif.json")
