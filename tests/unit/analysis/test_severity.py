"""Scores and severities of vectors, words and nothing at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.analysis.severity import Assessment, assess, score_vector
from agents.contract import Severity

V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
V31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N"
V30_LOW = "CVSS:3.0/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"
V3_NONE = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"
V2 = "AV:N/AC:L/Au:N/C:C/I:C/A:C"


@pytest.mark.parametrize(
    ("vector", "kind", "value", "severity"),
    [
        (V4, "CVSS_V4", 9.3, Severity.CRITICAL),
        (V31, "CVSS_V3", 9.1, Severity.CRITICAL),
        (V30_LOW, "CVSS_V3", 1.6, Severity.LOW),
        (V3_NONE, "CVSS_V3", 0.0, Severity.INFO),
        (V2, "CVSS_V2", 10.0, Severity.HIGH),
        (f"  {V31}\n", "CVSS_V3", 9.1, Severity.CRITICAL),
    ],
)
def test_a_vector_of_each_version_has_its_score(vector: str, kind: str, value: float, severity: Severity) -> None:
    # When
    score = score_vector(vector)

    # Then
    assert score is not None
    assert (score.kind, score.value, score.severity) == (kind, value, severity)


@pytest.mark.parametrize(
    "vector", ["", "7.5", "HIGH", "CVSS:3.1/AV:N", "CVSS:9.9/AV:N", "CVSS:4.0/", V31 + "/E:?", "/"]
)
def test_what_is_no_vector_has_no_score(vector: str) -> None:
    # Then
    assert score_vector(vector) is None


parts = st.sampled_from(("AV:N", "AC:L", "AC:", "PR:N", "UI:N", "S:U", "C:H", "I:H", "A:H", "Au:N", ":", "E:X", "VC:H"))
vectors = st.tuples(
    st.sampled_from(("CVSS:4.0/", "CVSS:3.1/", "CVSS:3.0/", "CVSS:3", "")), st.lists(parts, max_size=9).map("/".join)
).map("".join)


@settings(deadline=None, max_examples=200)
@given(vector=st.one_of(vectors, st.text(max_size=30)))
def test_no_vector_however_odd_breaks_the_scoring(vector: str) -> None:
    # When
    score = score_vector(vector)

    # Then
    assert score is None or 0 <= score.value <= 10


def test_the_newest_kind_of_vector_counts_and_of_one_kind_the_highest() -> None:
    # When
    newest = assess([("CVSS_V3", V31), ("CVSS_V2", V2), ("CVSS_V4", V4)])
    highest = assess([("CVSS_V3", V30_LOW), ("CVSS_V3", V31)])
    by_content = assess([("CVSS_V2", V4), ("CVSS_V4", V2)])

    # Then
    assert (newest.source, newest.score, newest.vector) == ("CVSS_V4", 9.3, V4)
    assert (highest.source, highest.score) == ("CVSS_V3", 9.1)
    assert by_content.source == "CVSS_V4"


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("LOW", Severity.LOW),
        ("Moderate", Severity.MEDIUM),
        ("important", Severity.HIGH),
        (" CRITICAL ", Severity.CRITICAL),
    ],
)
def test_without_a_vector_the_databases_word_counts(word: str, severity: Severity) -> None:
    # When
    assessment = assess([("CVSS_V3", "broken")], labels=[word])

    # Then
    assert (assessment.severity, assessment.source, assessment.score) == (severity, "database", None)
    assert assessment.reasons == ("no CVSS vector: the database's own word is used",)


def test_ubuntus_ratings_are_words() -> None:
    # When
    assessment = assess([("Ubuntu", "negligible")])

    # Then
    assert (assessment.severity, assessment.source) == (Severity.INFO, "database")


def test_of_several_words_the_worst_counts() -> None:
    # Then
    assert assess([], labels=["low", "high", "odd"]).severity is Severity.HIGH


@pytest.mark.parametrize(
    ("assessment", "reason"),
    [
        (assess([]), "no severity in any record: medium is assumed"),
        (assess([("CVSS_V3", "7.5")]), "no severity that can be read in any record: medium is assumed"),
        (assess([], labels=["odd"]), "no severity that can be read in any record: medium is assumed"),
    ],
)
def test_an_unknown_severity_is_taken_as_medium_and_said(assessment: Assessment, reason: str) -> None:
    # Then
    assert assessment.guessed
    assert (assessment.severity, assessment.reasons) == (Severity.MEDIUM, (reason,))


def test_a_malicious_package_is_critical_whatever_is_said() -> None:
    # When
    assessment = assess([("CVSS_V3", V30_LOW)], malicious=True)

    # Then
    assert (assessment.severity, assessment.source, assessment.guessed) == (Severity.CRITICAL, "malicious", False)
