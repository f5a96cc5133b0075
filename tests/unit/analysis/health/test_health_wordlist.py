"""The words: what announces something, what only looks like it, and what denies it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.analysis.health.privacy import named, quoted
from agents.analysis.health.wordlist import Match, Signal, in_note, in_subject, is_about_fixes, of_section, says_nothing


@pytest.mark.parametrize(
    "line",
    [
        "BREAKING CHANGE: the old API is gone",
        "**Breaking:** options are keyword-only",
        "This is a breaking change",
        "Backwards incompatible: the default is now UTC",
        "backward-incompatible rename of foo",
        "An incompatible change in the parser",
        "This breaks backward compatibility",
        "API breakage in the C extension",
    ],
)
def test_markers_of_breaking_changes_are_sure(line: str) -> None:
    assert in_note(line) == Match(Signal.BREAKING, sure=True)


@pytest.mark.parametrize(
    "line",
    [
        "Removed the `foo` function",
        "Remove previously deprecated code",
        "API: Removed `foo`",
        "`Flask.before_first_request` removed. :pr:`5223`",
        "The option was removed",
        "`foo` is no longer supported",
        "It can no longer be used as a decorator",
        "Drop support for Python 3.8",
        "Dropped support for Python 3.9 following its end of support.",
        "Removed Python 3.8, which has reached its end-of-life",
        "Dropped official support for Windows 7",
        "Support for Python 3.7 has been dropped",
    ],
)
def test_words_of_breaking_changes_count_but_less(line: str) -> None:
    assert in_note(line) == Match(Signal.BREAKING, sure=False)


@pytest.mark.parametrize(
    ("line", "sure"),
    [
        ("Deprecated the `foo` argument", False),
        ("`foo` is deprecated in favour of `bar`", False),
        ("`foo` is deprecated and will be removed in 3.0", True),
        ("Python 3.9 has reached end-of-life", True),
        ("The shim is scheduled for removal", True),
    ],
)
def test_deprecations_are_no_removals_yet(line: str, *, sure: bool) -> None:
    assert in_note(line) == Match(Signal.DEPRECATION, sure=sure)


@pytest.mark.parametrize(
    "line",
    [
        "There are no breaking changes in this release",
        "This is not a breaking change",
        "No known breaking changes",
        "A non-breaking clean-up",
        "Upgraded without any breaking changes",
        "The prior release included an erroneous breaking change",
        "This is not backwards incompatible",
        "foo is no longer deprecated",
        "Undeprecate foo",
        "No deprecations",
        "Fixed a deprecation warning of pytest",
        "Silence the DeprecationWarning from setuptools",
        "Suppress several deprecated warnings",
        "Removed unused imports",
        "Remove duplicated code",
        "The worker no longer crashes on empty input",
        "Fix: `foo` is no longer accepted twice",
        "Bug: option was removed twice from the list",
        "Faster line breaking",
        "Uses `shlex.split`, removing `shell=True`",
        "",
    ],
)
def test_denials_repairs_and_namesakes_announce_nothing(line: str) -> None:
    assert in_note(line) is None


def test_a_denial_does_not_hide_what_follows_it() -> None:
    assert in_note("No breaking changes, but the shim was removed") == Match(Signal.BREAKING, sure=False)


@given(
    st.sampled_from(["no", "No", "not a", "without any", "zero", "no known", "without", "No new"]),
    st.sampled_from(["breaking changes", "Breaking Changes", "backwards incompatible changes", "deprecations"]),
    st.text(alphabet="abcdefgh ", max_size=20),
)
def test_a_denied_marker_never_counts(denial: str, marker: str, rest: str) -> None:
    # Given any denial of any marker, among harmless text
    assert in_note(f"x{rest} {denial} {marker}, {rest}") is None


@given(st.text(max_size=3000))
def test_no_text_breaks_the_judging(text: str) -> None:
    # Given any text, then each judge gives an answer
    assert in_note(text) is None or in_note(text) is not None
    for judged in (in_subject(text), of_section(text)):
        assert judged is None or judged
    assert isinstance(says_nothing(text), bool)


@pytest.mark.parametrize(
    ("subject", "signal"),
    [
        ("feat!: drop the old parser", Signal.BREAKING),
        ("feat(api)!: rename", Signal.BREAKING),
        ("chore: x BREAKING CHANGE: y", Signal.BREAKING),
        ("Make the default backwards incompatible", Signal.BREAKING),
        ("Deprecate the foo module", Signal.DEPRECATION),
        ("refactor(core): deprecates bar", Signal.DEPRECATION),
    ],
)
def test_subjects_of_commits_count_where_they_follow_the_convention(subject: str, signal: Signal) -> None:
    assert in_subject(subject) == Match(signal, sure=True)


@pytest.mark.parametrize(
    "subject",
    [
        "Remove unused import",
        "Removed foo",
        "fix deprecation warnings",
        "Hello world!: now",
        "Wow! Great",
        "No breaking change: x",
    ],
)
def test_subjects_that_speak_of_the_code_alone_do_not_count(subject: str) -> None:
    assert in_subject(subject) is None


@pytest.mark.parametrize(
    ("heading", "signal"),
    [
        ("Removed", Signal.BREAKING),
        ("⚠ BREAKING CHANGES", Signal.BREAKING),
        ("Backwards Incompatible Changes", Signal.BREAKING),
        ("Deprecations", Signal.DEPRECATION),
        ("Deprecated", Signal.DEPRECATION),
        ("Removals and deprecations", Signal.BREAKING),
        ("Non-breaking changes", None),
        ("Added", None),
    ],
)
def test_headings_say_what_stands_below_them(heading: str, signal: Signal | None) -> None:
    assert of_section(heading) is signal


@pytest.mark.parametrize("line", ["", "None.", "- N/A", "Nothing", "No", "—", "None yet", "- none in this release"])
def test_a_line_may_say_that_there_is_nothing(line: str) -> None:
    assert says_nothing(line)


def test_a_line_that_says_something_says_something() -> None:
    assert not says_nothing("None of the old names work")
    assert is_about_fixes("Bug fixes")
    assert is_about_fixes("🐛 Fixed")
    assert not is_about_fixes("Changed")


@given(st.text(max_size=2000))
def test_a_quote_is_one_line_of_at_most_200_characters(text: str) -> None:
    # Given any text
    line = quoted(text)
    # Then the quote is bounded, and so is a name
    assert len(line) <= 200
    assert "\n" not in line
    assert 0 < len(named(text)) <= 80


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Thanks to ann.b+c@mail.example.org for pkg@1.2.3", "Thanks to [address] for pkg@1.2.3"),
        ("see @scope/pkg", "see @scope/pkg"),
        ("a\tb\n c", "a b c"),
    ],
)
def test_addresses_are_taken_out_of_quotes(text: str, shown: str) -> None:
    assert quoted(text) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ann", "Ann"), ("Ann <ann@example.org>", "Ann"), ("ann@example.org", "someone"), ("", "someone")],
)
def test_addresses_are_taken_out_of_names(name: str, shown: str) -> None:
    assert named(name) == shown
