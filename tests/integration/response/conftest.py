"""Automated response on the real database, with a receiver that is a real HTTP server."""

from collections.abc import Iterator

import pytest
from support.responses import Ended, Receiver, receiving
from support.stages import Stage


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as got:
        yield got


@pytest.fixture
def ended(stage: Stage) -> Ended:
    return Ended(stage)
