"""A folder of advisories becomes evidence, each record once, and is told anew only when it changed."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.contract import CoverageState, TargetKind
from agents.errors import BadEvidenceError
from agents.sources.collected import Collected
from agents.sources.look import Look
from agents.sources.osv import folder
from agents.sources.osv.folder import read_advisories

Read = Callable[..., Collected]


@pytest.fixture
def read(look_at: Callable[..., Look]) -> Read:
    def run(place: Path, *, after: Collected | None = None) -> Collected:
        cursors = {after.source: after.cursor} if after else {}
        return read_advisories(look_at(place, kind=TargetKind.ADVISORIES, cursors=cursors))

    return run


def record(name: str, *, modified: str = "2024-01-02T00:00:00Z", **more: object) -> str:
    return json.dumps({"id": name, "modified": modified, "affected": [], **more})


def test_records_of_all_folders_are_read_once(tmp_path: Path, read: Read) -> None:
    # Given a folder with records in several forms, one of them twice, and things that are none
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.json").write_text("{")
    (tmp_path / "a.json").write_text(record("A", summary="old", withdrawn="2024-01-01T00:00:00Z"))
    (tmp_path / "deep" / "a.json").write_text(record("A", modified="2024-05-01T00:00:00Z", summary="new"))
    (tmp_path / "deep" / "er" / "b.yaml").write_text("id: B\nmodified: 2024-01-03T00:00:00Z\naffected: []\n")
    (tmp_path / "z.json").write_text(record("A", modified="2024-04-01T00:00:00Z", summary="between"))
    (tmp_path / "c.jsonl").write_text(record("C") + "\nbroken\n" + record("D", affected=[5], modified="") + "\n")
    (tmp_path / "README.md").write_text("x")

    # When it is read
    collected = read(tmp_path)
    found = {item.key: item for item in collected.evidence}

    # Then each record is there once, the newest of its kind, and what could not be read is named
    assert sorted(found) == ["A", "B", "C", "D"]
    assert (found["A"].title, found["A"].kind, found["A"].source) == ("new", "advisory", "osv")
    assert found["A"].at == datetime(2024, 5, 1, tzinfo=UTC)
    assert found["D"].at is None
    assert [(item.key, item.raw) for item in collected.quarantined] == [
        ("c.jsonl:2", "broken"),
        ("c.jsonl:3#affected.0", "D"),
    ]
    assert collected.coverage[0].state is CoverageState.PARTIAL
    assert collected.coverage[0].detail == (
        "5 files; the newest record is of 2024-05-01; "
        "records that break the schema and were read as far as they go: 1; "
        "records that lie there more than once, the newest of each counts: 2; put aside as unreadable: 2"
    )
    assert collected.replaces == ("advisory",)


def test_a_folder_is_told_anew_only_when_it_changed(tmp_path: Path, read: Read) -> None:
    # Given a folder that was read
    (tmp_path / "a.json").write_text(record("A"))
    (tmp_path / "b.json").write_text(record("B"))
    first = read(tmp_path)

    # When nothing changed
    again = read(tmp_path, after=first)

    # Then nothing is told, and the coverage is the same
    assert (again.evidence, again.replaces, again.cursor) == ((), (), first.cursor)
    assert again.coverage == first.coverage

    # When one record is gone
    (tmp_path / "a.json").unlink()
    second = read(tmp_path, after=first)

    # Then the others are the whole truth
    assert [item.key for item in second.evidence] == ["B"]
    assert second.replaces == ("advisory",)


def test_one_file_may_be_named(tmp_path: Path, read: Read) -> None:
    (tmp_path / "all.jsonl").write_text(record("A") + "\n" + record("B"))
    (tmp_path / "other.json").write_text(record("C"))
    assert [item.key for item in read(tmp_path / "all.jsonl").evidence] == ["A", "B"]


def test_an_empty_folder_has_zero_and_a_folder_of_rubbish_failed(tmp_path: Path, read: Read) -> None:
    (coverage,) = read(tmp_path).coverage
    assert coverage.state is CoverageState.ZERO
    assert coverage.detail == "the folder holds no OSV files"
    (tmp_path / "package.json").write_text("{}")
    assert read(tmp_path).coverage[0].state is CoverageState.FAILED


@pytest.mark.parametrize("place", ["missing", "x" * 300, "nul\x00"])
def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, read: Read, place: str) -> None:
    with pytest.raises(BadEvidenceError, match=r"advisories target, path .*name a folder of OSV records"):
        read(tmp_path / place)


def test_a_file_of_an_unknown_kind_is_refused(tmp_path: Path, read: Read) -> None:
    (tmp_path / "all.zip").write_text("x")
    with pytest.raises(BadEvidenceError, match=r"all\.zip'\: is no kind of file that OSV records come in"):
        read(tmp_path / "all.zip")


def test_what_is_no_plain_file_is_put_aside(tmp_path: Path, read: Read) -> None:
    # Given a pipe, a link that leads out, and a good record
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.json").write_text(record("SECRET"))
    (root / "link.json").symlink_to(tmp_path / "outside.json")
    os.mkfifo(root / "pipe.json")
    (root / "good.json").write_text(record("A"))

    # When the folder is read
    collected = read(root)

    # Then only the good one is
    assert [item.key for item in collected.evidence] == ["A"]
    assert [item.key for item in collected.quarantined] == ["link.json", "pipe.json"]


def test_more_records_than_are_kept_are_said(tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_RECORDS", 2)
    (tmp_path / "a.jsonl").write_text("\n".join(record(name) for name in "ABC"))
    (tmp_path / "b.json").write_text(record("D"))
    collected = read(tmp_path)
    assert [item.key for item in collected.evidence] == ["A", "B"]
    assert collected.coverage[0].state is CoverageState.PARTIAL
    assert "more records than are kept: 2" in collected.coverage[0].detail


def test_a_file_that_vanishes_or_closes_is_put_aside(
    tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a file that cannot be opened any more when its turn comes
    (tmp_path / "a.json").write_text(record("A"))
    monkeypatch.setattr(folder, "plain_file", lambda root, _: root / "gone.json")

    # When the folder is read
    collected = read(tmp_path)

    # Then it is named with the reason
    (item,) = collected.quarantined
    assert item.reason.startswith("cannot be opened")
