"""A problem says where, what, and how to mend it."""

import pytest

from orchestrator.planning.problems import Problem, did_you_mean, nearest, shown, unknown


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(file="w.yaml", line=3, column=5, field="a.tier", message="no"), "w.yaml:3:5: a.tier: no"),
        (Problem(file="w.yaml", line=3, column=5, message="no"), "w.yaml:3:5: no"),
        (Problem(file="w.yaml", field="git", message="no"), "w.yaml: git: no"),
        (Problem(file="w.yaml", message="no"), "w.yaml: no"),
    ],
)  # fmt: skip
def test_a_problem_reads_like_a_compiler_s_message(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_misspelt_word_is_answered_with_the_nearest_known_one() -> None:
    # Given two known words
    known = ("health", "exposure")
    # Then near ones are found in any case, and others are not
    assert nearest("Helth", among=known) == "health"
    assert nearest("sentiment", among=known) == ""
    assert did_you_mean("exposre", among=known) == "did you mean 'exposure'?"
    assert did_you_mean("mood", among=known) == ""


def test_an_unknown_word_is_answered_with_all_known_ones() -> None:
    assert unknown("gti", what="kind", known=("sbom", "git")) == "is no kind; did you mean 'git'?; known: git, sbom"
    assert unknown("x", what="kind", known=("sbom", "git")) == "is no kind; known: git, sbom"


def test_a_value_is_shown_quoted_escaped_and_short() -> None:
    assert shown("a\x1b[2J") == "'a\\x1b[2J'"
    assert shown(3) == "3"
    assert len(shown("x" * 10_000)) == 80
