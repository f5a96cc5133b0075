"""Real workflow executions: read as recorded, and planned without beating what is known of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.plans.dags import FILE, read_dags
from benchmarks.plans.listing import highest_level_first
from benchmarks.plans.shaping import shape_of

pytestmark = pytest.mark.recorded


def known(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the known answers by a workflow's name."""
    rows = [json.loads(line) for line in (folder / FILE).read_text(encoding="utf-8").splitlines()]
    return {row["name"]: row["known_answers"] for row in rows}


def test_every_workflow_has_the_size_and_the_critical_path_that_were_computed(recordings: Path) -> None:
    # Given
    answers = known(recordings / "workflow_dags")
    # When
    for dag in read_dags(recordings / "workflow_dags"):
        expected = answers.pop(dag.name)
        # Then
        assert len(dag.seconds) == expected["tasks"]
        assert sum(map(len, dag.parents.values())) == expected["edges"]
        assert sum(dag.seconds.values()) == pytest.approx(expected["total_work_s"], abs=0.01)
        assert dag.longest(frozenset(dag.seconds)) == pytest.approx(expected["critical_path_s"], abs=0.01)
    assert answers == {}


@pytest.mark.parametrize("slots", [2, 4, 8, 16])
def test_a_plan_is_no_faster_than_the_bound_and_close_to_its_workflow(recordings: Path, slots: int) -> None:
    # Given
    answers = known(recordings / "workflow_dags")
    for dag in read_dags(recordings / "workflow_dags"):
        expected = answers[dag.name][f"workers_{slots}"]
        # When
        span = highest_level_first(shape_of(dag, scale=1), slots=slots)
        # Then what the three shapes cost in freedom is less than a tenth
        assert span >= expected["lower_bound_s"] * 0.999
        assert span <= expected["HLF_list_schedule_s"] * 1.1
