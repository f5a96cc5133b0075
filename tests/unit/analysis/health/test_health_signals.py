"""Signals: one announcement a version, from notes and commits together, for recent versions only."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from agents.analysis.health.history import History
from agents.analysis.health.items import sentences
from agents.analysis.health.releases import measure_releases
from agents.analysis.health.signals import Signals, measure_signals
from agents.analysis.health.wordlist import Signal

Make = Callable[..., History]


def signals(history: History, *, window_days: int = 365) -> Signals:
    return measure_signals(history, measure_releases(history), window_days=window_days)


def versions(found: Signals, signal: Signal = Signal.BREAKING) -> list[str]:
    return [announcement.version for announcement in found.of(signal)]


def test_a_version_has_one_announcement_with_the_words_that_make_it(history: Make) -> None:
    # Given a note with two removals and a deprecation
    text = (
        "- Removed `foo`.\n- Added bar\n- Drop support for\n  Python 3.8\n\nDeprecated the `baz` argument of `qux` too."
    )
    found = signals(history([(1, "ann")], tags={"v2.0": 20, "v1.0": 200}, notes={"2.0": text}))
    # Then there is one of each kind, with the wrapped line whole, dated by the tag
    breaking, deprecation = found.of(Signal.BREAKING)[0], found.of(Signal.DEPRECATION)[0]
    assert [quote.text for quote in breaking.quotes] == ["Removed `foo`.", "Drop support for Python 3.8"]
    assert (breaking.version, breaking.allowed, breaking.sure, breaking.count) == ("2.0", True, False, 2)
    assert breaking.at is not None
    assert deprecation.quotes[0].where == "CHANGES.md"


def test_lines_below_a_heading_made_for_it_are_sure_whatever_their_words(history: Make) -> None:
    # Given sections as Keep a Changelog has them, one of them empty
    text = (
        "### Removed\n\n- The foo module\n\n### Deprecated\n\n- None.\n\n### Fixed\n\n- `x` is no longer accepted twice"
    )
    found = signals(history([(1, "ann")], tags={"v1.1.1": 20, "v1.1.0": 90}, notes={"1.1.1": text}))
    # Then the removal is sure and its number does not admit it, nothing is deprecated, and a repair is no break
    assert versions(found) == ["1.1.1"]
    assert [quote.text for quote in found.of(Signal.BREAKING)[0].quotes] == ["The foo module"]
    assert (found.announcements[0].sure, found.announcements[0].allowed) == (True, False)
    assert versions(found, Signal.DEPRECATION) == []


def test_commits_count_for_the_release_that_follows_them_and_join_its_note(history: Make) -> None:
    # Given marked commits before a release and after the last one
    commits = [(30, "ann", "feat!: rename foo"), (3, "bob", "feat(api)!: rename bar"), (1, "bob", "docs")]
    made = history(commits, tags={"v1.0": 100, "v1.1": 20}, notes={"1.1": "- Removed `foo`"})
    found = signals(made)
    # Then the first belongs to 1.1 beside its note, the second to what is unreleased; markers are quoted first
    assert versions(found) == ["1.1", "unreleased"] or versions(found) == ["unreleased", "1.1"]
    (released,) = [entry for entry in found.of(Signal.BREAKING) if entry.version == "1.1"]
    assert [(quote.text, quote.where) for quote in released.quotes] == [
        ("feat!: rename foo", "commit"),
        ("Removed `foo`", "CHANGES.md"),
    ]
    assert released.quotes[0].evidence == made.commits[0].sha


def test_merges_and_bots_announce_nothing(history: Make) -> None:
    made = history([(1, "renovate[bot]", "chore(deps)!: update foo")], merges=[(1, "ann")])
    assert signals(made).announcements == ()


def test_old_versions_are_left_out_unless_they_are_among_the_last_three(history: Make) -> None:
    # Given five versions of years ago, each of which removes something
    tags = {f"v{number}.0": 2000.0 - 100 * number for number in range(1, 6)}
    notes = {f"{number}.0": "- Removed `foo`" for number in range(1, 6)}
    # Then only the last three are told; a window that reaches back tells all
    assert sorted(versions(signals(history([(1, "ann")], tags=tags, notes=notes)))) == ["3.0", "4.0", "5.0"]
    assert len(versions(signals(history([(1, "ann")], tags=tags, notes=notes), window_days=3000))) == 5


def test_notes_without_dates_or_tags_are_ordered_by_their_numbers(history: Make) -> None:
    # Given undated notes only, in no order
    notes = dict.fromkeys(("1.10", "1.2", "1.9", "1.1", "unreleased"), "- Removed `foo`")
    found = signals(history([(1, "ann")], notes=notes))
    # Then the three highest are recent, and what is unreleased
    assert sorted(versions(found)) == ["1.10", "1.2", "1.9", "unreleased"]


def test_a_note_may_be_dated_by_itself(history: Make) -> None:
    # Given four dated notes, the oldest within the window
    notes = {f"1.{number}": "- Removed `foo`" for number in range(4)}
    found = signals(history([(1, "ann")], notes=notes, dated={"1.0": 300, "1.1": 200, "1.2": 100, "1.3": 10}))
    # Then all are told, newest first
    assert versions(found) == ["1.3", "1.2", "1.1", "1.0"]


def test_a_version_that_cannot_be_read_is_named_safely(history: Make) -> None:
    # Given a heading that is nearly a version, and one that is none
    found = signals(history([(1, "ann")], notes={"3.x": "- Removed `foo`", "<b>what</b>": "- Removed `bar`"}))
    # Then the one is shown as it is, the other by a name of ours
    assert "3.x" in versions(found)
    assert all("<" not in version for version in versions(found))
    assert all(announcement.allowed for announcement in found.announcements)


def test_a_new_minor_of_the_zero_line_may_break_and_a_patch_may_not(history: Make) -> None:
    # Given notes of 0.2.0 and 0.2.1 without tags, and a pre-release
    text = "## Breaking changes\n- foo"
    found = signals(history([(1, "ann")], notes={"0.1.0": "", "0.2.0": text, "0.2.1": text, "0.3.0rc1": text}))
    # Then the number of the first and the last admits it
    assert {entry.version: entry.allowed for entry in found.of(Signal.BREAKING)} == {
        "0.2.0": True,
        "0.2.1": False,
        "0.3.0rc1": True,
    }


def test_many_words_of_one_version_are_counted_and_five_are_quoted(history: Make) -> None:
    text = "\n".join(f"- Removed option {number}" for number in range(9))
    (found,) = signals(history([(1, "ann")], notes={"1.0": text})).announcements
    assert (found.count, len(found.quotes)) == (9, 5)


def test_a_short_line_that_says_something_is_no_heading() -> None:
    # Given a text without marks
    found = list(sentences("Removed foo\n\n  Fixed\n\nBug Fixes:\n\nOne thing"))
    # Then only a line made of headings' words alone, at the margin, is one
    assert [(sentence.heading, sentence.text) for sentence in found] == [
        ("", "Removed foo"),
        ("", "Fixed"),
        ("Bug Fixes:", "One thing"),
    ]


def test_a_note_comes_apart_into_headings_items_and_sentences() -> None:
    # Given markdown, a plain heading, wrapped items, two sentences in one, and fenced code
    text = (
        "## Changed\n- One thing\n  goes on. Another one\n1. Third\n\n```\nRemoved in code\n```\n"
        "Deprecations\n\nA paragraph that is long enough to be none.\nIt goes on\n\n### Empty ###\n"
    )
    # Then each sentence has its heading, and the first of each item is marked
    assert [(found.heading, found.text, found.first) for found in sentences(text)] == [
        ("Changed", "One thing goes on.", True),
        ("Changed", "Another one", False),
        ("Changed", "Third", True),
        ("Deprecations", "A paragraph that is long enough to be none.", True),
        ("Deprecations", "It goes on", False),
    ]


@given(st.text(alphabet="#-* \nabcA.`~1", max_size=300))
def test_no_note_breaks_the_reading(text: str) -> None:
    # Given any text, then its sentences hold nothing that was not in it
    for found in sentences(text):
        assert set(found.text) <= set(text) | {" "}
