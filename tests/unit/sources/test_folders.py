"""Files are found under a folder, and never outside it."""

import os
from pathlib import Path

from agents.sources.folders import paths_below, plain_file


def test_links_are_followed_inside_the_folder_only(tmp_path: Path) -> None:
    # Given a folder with a file, a link to it, a link out, a circle, and a pipe
    (tmp_path / "secret").write_text("x")
    root = tmp_path / "root"
    root.mkdir()
    (root / "plain").write_text("x")
    (root / "inside").symlink_to("plain")
    (root / "outside").symlink_to("../secret")
    (root / "circle").symlink_to("circle")
    os.mkfifo(root / "pipe")

    # When each is asked for
    found = {name: plain_file(root, name) for name in ("plain", "inside", "outside", "circle", "pipe", "../secret")}

    # Then only those inside are there
    assert found["plain"] == found["inside"] == (root / "plain").resolve()
    assert [name for name, place in found.items() if place is None] == ["outside", "circle", "pipe", "../secret"]
    assert plain_file(root, "nul\x00") is None
    assert plain_file(root, "long" * 999) is None


def test_paths_are_sorted_and_bounded_in_depth(tmp_path: Path) -> None:
    # Given files at several depths, some in folders to pass by
    for path in ("b.txt", "a.md", "one/a.txt", "one/two/a.txt", ".hidden/a.txt", "skipped/a.txt"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")

    # When the texts up to one folder deep are asked for
    found = paths_below(
        tmp_path, depth=1, wanted=lambda path: path.endswith(".txt"), entered=lambda name: name != "skipped"
    )

    # Then hidden, skipped and deeper ones are left out
    assert found == ["b.txt", "one/a.txt"]
