"""Adding to a watchlist: what is there stays as it is written, and nothing is added that could not be read again."""

from pathlib import Path

import pytest

from orchestrator.errors import WatchlistError
from orchestrator.planning.appending import appended, kind_and_place

FILE = Path("/srv/w.yaml")


def add(document: str, **entry: object) -> str:
    return appended(document, entry or {"github": "a/b"}, path=FILE)[0]


def test_a_target_goes_behind_the_last_one_and_comments_stay() -> None:
    # Given a watchlist with comments, an odd indentation, and a part that follows
    text = "name: x\ntargets:\n    - git: a   # ours\n      look: [health]\n\n    # the end\nreport:\n  fail_on: high\n"
    # When one is added
    grown = add(text, github="a/b", tier="critical")
    # Then every line of before is there, and the new ones fit in
    assert grown == (
        "name: x\ntargets:\n    - git: a   # ours\n      look: [health]\n"
        "    - github: a/b\n      tier: critical\n"
        "\n    # the end\nreport:\n  fail_on: high\n"
    )


@pytest.mark.parametrize(
    ("document", "grown"),
    [
        ("", "version: 1\n\ntargets:\n  - github: a/b\n"),
        ("# nothing yet\ntargets:\n", "# nothing yet\ntargets:\n  - github: a/b\n"),
        ("name: x", "name: x\n  - github: a/b\n"),
        ("targets:\n- git: a", "targets:\n- git: a\n- github: a/b\n"),
        ("targets: &t\n  -   git: a\n", "targets: &t\n  -   git: a\n  - github: a/b\n"),
        ("targets: !!seq\n  -\n    git: a\n", "targets: !!seq\n  -\n    git: a\n  - github: a/b\n"),
        ("targets:\n  - {git: a, tier: tools}\n# end", "targets:\n  - {git: a, tier: tools}\n  - github: a/b\n# end\n"),
        ("targets:\n  - git: >\n      a\n\nname: x", "targets:\n  - git: >\n      a\n\n  - github: a/b\nname: x\n"),
    ],
)
def test_it_fits_into_what_is_there(document: str, grown: str) -> None:
    if document == "name: x":
        with pytest.raises(WatchlistError):
            add(document)
    else:
        assert add(document) == grown


def test_values_are_quoted_as_yaml_wants_it() -> None:
    grown, watchlist = appended("", {"github": "a/b", "name": "x: y # z", "look": ["health"]}, path=FILE)
    assert watchlist.targets[0].name == "x: y # z"
    assert "look: [health]" in grown


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("targets: [{git: a}]", "is written in one line"),
        ("targets: 3", "is written in one line"),
        ("targets:\n  - github: A/B\n", "is the same target as in line 2"),
        ("targets:\n  - git: [", "w.yaml"),
    ],
)
def test_what_could_not_be_read_again_is_refused(document: str, why: str) -> None:
    with pytest.raises(WatchlistError, match=why):
        add(document)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("github:a/b", ("github", "a/b")),
        ("a/b", ("github", "a/b")),
        ("https://github.com/a/b/pulls", ("github", "a/b")),
        ("https://example.org/feed", ("feed", "https://example.org/feed")),
        ("pkg:pypi/flask", ("package", "pkg:pypi/flask")),
        ("package:npm/x", ("package", "npm/x")),
        ("clone", ("git", "clone")),
        ("requirements.txt", ("sbom", "requirements.txt")),
    ],
)
def test_what_is_pasted_is_understood(word: str, found: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    (tmp_path / "requirements.txt").touch()
    assert kind_and_place(word, folder=tmp_path) == found


@pytest.mark.parametrize("word", ["flask", "a b", "svn:x", ""])
def test_what_is_nothing_is_refused_with_what_to_give(word: str, tmp_path: Path) -> None:
    if word:
        with pytest.raises(ValueError, match="is nothing that can be watched; give KIND:PLACE"):
            kind_and_place(word, folder=tmp_path)
    else:
        assert kind_and_place(word, folder=tmp_path)[0] == "sbom"
