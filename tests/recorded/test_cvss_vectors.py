"""Real CVSS vectors, with the score and severity that were computed for them."""

import csv
from pathlib import Path

import pytest

from agents.analysis.severity import assess, score_vector

pytestmark = pytest.mark.recorded


def test_every_recorded_vector_has_its_score_and_severity(recordings: Path) -> None:
    # Given
    with (recordings / "security" / "cvss_vectors.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    # When
    scores = [score_vector(row["vector"]) for row in rows]

    # Then
    assert len(scores) >= 50
    assert [(score.value, score.severity) if score else None for score in scores] == [
        (float(row["base_score"]), row["severity"].lower()) for row in rows
    ]


def test_a_recorded_vector_cut_short_is_unknown(recordings: Path) -> None:
    # Given
    with (recordings / "security" / "cvss_vectors.csv").open(encoding="utf-8", newline="") as file:
        vectors = [row["vector"] for row in csv.DictReader(file)]

    # When
    assessments = [assess([("CVSS_V3", vector[:-4])]) for vector in vectors]

    # Then
    assert {assessment.source for assessment in assessments} == {"unknown"}
