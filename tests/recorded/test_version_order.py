"""Comparisons of versions that each ecosystem's own tool made, over real advisories."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.analysis.versions import VersionOrder, order

pytestmark = pytest.mark.recorded

FILES = {
    "alpine": "Alpine:v3.18",
    "cran": "CRAN",
    "debian": "Debian:12",
    "hackage": "Hackage",
    "maven": "Maven",
    "nuget": "NuGet",
    "packagist": "Packagist",
    "pub": "Pub",
    "pypi": "PyPI",
    "redhat": "Red Hat",
    "rubygems": "RubyGems",
    "semver": "npm",
}
LINE = re.compile(r"(\S.*?) ([<=>]) (.*\S)")
SIGNS = {"<": -1, "=": 0, ">": 1}


def comparisons(folder: Path, name: str) -> Iterator[tuple[str, int, str]]:
    for path in sorted(folder.glob(f"{name}-versions*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("//"):
                match = LINE.fullmatch(line.strip())
                assert match is not None, f"{path.name}: {line!r}"
                yield match[1], SIGNS[match[2]], match[3]


def wrong(versions: VersionOrder, a: str, sign: int, b: str) -> bool:
    return versions.compare(a, b) != sign or versions.compare(b, a) != -sign


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_comparison_holds_in_both_directions(recordings: Path, name: str) -> None:
    # Given
    versions = order(FILES[name])
    lines = list(comparisons(recordings / "security" / "version_order", name))

    # When
    failed = [line for line in lines if wrong(versions, *line)]

    # Then
    assert lines
    assert failed == []


def test_no_recorded_file_is_left_out(recordings: Path) -> None:
    # When
    names = {path.name.split("-versions")[0] for path in (recordings / "security" / "version_order").glob("*.txt")}

    # Then
    assert names == set(FILES)


def test_only_python_versions_from_before_pep_440_are_unreadable(recordings: Path) -> None:
    # Given
    folder = recordings / "security" / "version_order"

    # When
    unreadable = {
        name
        for name, ecosystem in FILES.items()
        for a, _, b in comparisons(folder, name)
        if not (order(ecosystem).readable(a) and order(ecosystem).readable(b))
    }

    # Then
    assert unreadable == {"pypi"}
