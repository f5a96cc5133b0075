"""A package index on loopback."""

from collections.abc import Callable, Iterator

import pytest
from support.services import Said
from unit.sources.http.answering import Asked, answering
from unit.sources.packages.index import Index

from agents.sources.look import Look


@pytest.fixture
def index(look_at: Callable[..., Look]) -> Iterator[Index]:
    """Return an index that has nothing yet."""
    made: list[Index] = []

    def answer(asked: Asked) -> Said:
        (one,) = made
        return one.said(asked)

    with answering(answer) as there:
        made.append(Index(look_at, there))
        yield made[0]
