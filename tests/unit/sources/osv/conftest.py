"""An OSV service on loopback."""

from collections.abc import Callable, Iterator

import pytest
from unit.sources.http.answering import answering
from unit.sources.osv.osv_service import Osv
from unit.sources.osv.world import World

from agents.sources.look import Look


@pytest.fixture
def world(look_at: Callable[..., Look]) -> Iterator[World]:
    """Return a service that knows nothing yet."""
    osv = Osv()
    with answering(osv.answer) as there:
        yield World(osv, there, look_at)
