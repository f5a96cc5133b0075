"""Files of records in JSON, JSON lines and YAML; what does not parse is one fault, not the end."""

from pathlib import Path

import pytest

from agents.sources.osv import files
from agents.sources.osv.files import is_record_file, raw_records


def read(folder: Path, name: str, content: str | bytes) -> list[tuple[object, str, int]]:
    place = folder / name
    place.write_bytes(content.encode() if isinstance(content, str) else content)
    return [(raw.value, raw.fault.partition(":")[0], raw.line) for raw in raw_records(place)]


def test_files_are_known_by_their_endings() -> None:
    assert all(is_record_file(name) for name in ("a.json", "b/a.JSONL", "a.ndjson", "a.yaml", "a.yml"))
    assert not any(is_record_file(name) for name in ("a.md", "json", "a.json.gz"))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("one.json", '\ufeff{"id": "A"}', [({"id": "A"}, "", 0)]),
        ("list.json", '[{"id": "A"}, 5]', [({"id": "A"}, "", 0), (5, "", 0)]),
        ("answer.json", '{"vulns": [{"id": "A"}]}', [({"id": "A"}, "", 0)]),
        ("other.json", '{"vulns": 5}', [({"vulns": 5}, "", 0)]),
        ("bad.json", "{", [(None, "is not JSON", 0)]),
        ("nan.json", '{"a": NaN}', [(None, "is not JSON", 0)]),
        ("deep.json", "[" * 100_000, [(None, "is not JSON", 0)]),
        ("latin.json", b'{"a": "\xff"}', [(None, "is not JSON", 0)]),
        (
            "lines.jsonl",
            '{"id": "A"}\n\nbad\n{"id": "B"}',
            [({"id": "A"}, "", 1), (None, "is not JSON", 3), ({"id": "B"}, "", 4)],
        ),
        ("one.yaml", "id: A\nv: [1.10, 2024-01-01]\n", [({"id": "A", "v": ["1.10", "2024-01-01"]}, "", 0)]),
        ("star.yaml", 'details: "* a list"\n', [({"details": "* a list"}, "", 0)]),
        (
            "bomb.yml",
            "a: &a [x]\nb: [*a, *a]\n",
            [(None, "has YAML aliases, which no record needs and which can grow without end", 0)],
        ),
        ("bad.yaml", "a: [", [(None, "is not YAML", 0)]),
        ("object.yaml", "!!python/object/apply:os.system [x]\n", [(["x"], "", 0)]),
        ("latin.yaml", b"a: \xff", [(None, "is not YAML", 0)]),
        ("two.yaml", "a: 1\n---\nb: 2\n", [(None, "is not YAML", 0)]),
        ("deep.yaml", "[" * 5_000, [(None, "is not YAML", 0)]),
    ],
)
def test_every_form_is_read(
    tmp_path: Path, name: str, content: str | bytes, expected: list[tuple[object, str, int]]
) -> None:
    assert read(tmp_path, name, content) == expected


def test_what_is_too_long_is_left_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given files and lines longer than they may be
    monkeypatch.setattr(files, "MAX_BYTES", 20)
    long = '{"id": "' + "A" * 30 + '"}'

    # Then each is a fault, and the lines before it are read
    assert read(tmp_path, "long.json", long) == [
        (None, "has 40 bytes, more than a file of records may have here (20)", 0)
    ]
    assert read(tmp_path, "long.yaml", long)[0][1].startswith("has 40 bytes")
    lines = read(tmp_path, "long.jsonl", '{"id": "A"}\n' + long + "\n")
    assert lines == [
        ({"id": "A"}, "", 1),
        (None, "the line is longer than 20 bytes; the rest is left unread", 2),
    ]
