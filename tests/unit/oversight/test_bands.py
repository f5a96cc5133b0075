"""A confidence falls into exactly one band, and more confidence never asks more of people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator import wiring
from orchestrator.errors import SettingsError
from orchestrator.oversight.bands import STANDARD, Band, Bands, band
from orchestrator.settings import load_settings

ORDER = list(Band)


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        (1.0, Band.AUTONOMOUS),
        (0.9, Band.AUTONOMOUS),
        (0.89999, Band.AUTONOMOUS),  # to four digits it is 0.9
        (0.8999, Band.LOGGED),
        (0.8, Band.LOGGED),
        (0.7999, Band.CHECKPOINT),
        (0.7, Band.CHECKPOINT),
        (0.6999, Band.ESCALATED),
        (0.0, Band.ESCALATED),
        (float("nan"), Band.ESCALATED),
    ],
)
def test_each_bound_belongs_to_the_band_above_it(confidence: float, expected: Band) -> None:
    assert band(confidence) is expected


@given(st.floats(0, 1), st.floats(0, 1), st.lists(st.integers(0, 100), min_size=3, max_size=3))
def test_more_confidence_never_asks_more_of_people(one: float, other: float, bounds: list[int]) -> None:
    # Given any bands in order
    bands = Bands(*sorted(bounds, reverse=True))
    # When two confidences are judged, then the higher one is no nearer to a person
    low, high = sorted((one, other))
    assert ORDER.index(band(high, bands)) <= ORDER.index(band(low, bands))


def test_the_settings_are_the_bands_and_are_in_order() -> None:
    assert wiring.bands() == STANDARD
    with pytest.raises(SettingsError, match="band_logged is 80, but must be at least band_checkpoint, which is 85"):
        load_settings(band_checkpoint=85)
    with pytest.raises(SettingsError, match="band_autonomous"):
        load_settings(band_autonomous=101)
