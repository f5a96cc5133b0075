"""Schedules beside the gate."""

import pytest
from support.stages import Stage
from support.timetables import Timetable


@pytest.fixture
def timetable(stage: Stage) -> Timetable:
    return Timetable(stage)
