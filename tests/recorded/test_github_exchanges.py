"""Every recorded exchange with GitHub, played by the replay server to our own client: what comes of each."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.errors import AgentError
from agents.sources.http.client import Http
from agents.sources.http.guard import Guard
from agents.sources.http.site import Site
from orchestrator.recordings.book import Book
from orchestrator.recordings.exchange import Exchange, read_exchanges
from orchestrator.recordings.server import playing

RECORDED = Path("github_api", "recordings")


@pytest.fixture(scope="session")
def exchanges(recordings: Path) -> list[Exchange]:
    """Return all recorded exchanges."""
    return list(read_exchanges(recordings / RECORDED))


def outcomes(exchanges: list[Exchange]) -> Iterator[tuple[int, str]]:
    """Yield each answer's status, and what comes of asking as its recording did: ``taken``, or the error's name."""
    nobody = Guard(resolve=lambda *_: [])
    with playing(Book.of([])) as player:
        for one in exchanges:
            player.book = Book.of([one])
            with Http(stop=threading.Event(), sites=[Site("g", player.url)], guard=nobody) as http:
                try:
                    page = http.get("g", one.request.url.partition("api.github.com")[2])
                except AgentError as error:
                    yield one.response.status, type(error).__name__
                else:
                    assert page.body == one.body
                    yield one.response.status, "taken"


def test_each_answer_is_taken_or_refused_for_what_it_is(exchanges: list[Exchange]) -> None:
    asked = [one for one in exchanges if one.request.method == "GET"]
    assert Counter(outcomes(asked)) == {
        (200, "taken"): 207,
        (301, "GoneError"): 1,  # where it leads is another recording's
        (302, "SourceUnavailableError"): 1,  # to another host, which is not to be had here
        (304, "SourceUnavailableError"): 1,  # to a request without a mark
        (401, "DeniedError"): 1,
        (403, "QuotaExhaustedError"): 1,  # the primary limit
        (403, "DeniedError"): 1,  # nobody who does not say who they are
        (404, "GoneError"): 9,
        (500, "SourceUnavailableError"): 1,
    }


def test_a_recorded_list_is_read_to_its_last_page(exchanges: list[Exchange]) -> None:
    # Given the recording of a list of five pages
    chain = [one for one in exchanges if "paginate-issues" in one.file]
    with playing(Book.of(chain)) as player, Http(stop=threading.Event(), sites=[Site("g", player.url)]) as http:
        # When its first page is asked for, and what follows it
        first = chain[0].request.url.partition("api.github.com")[2]
        pages = list(http.pages("g", first, most=100))
    # Then all are read, each once
    assert len(pages) == 5
    assert player.tally.by_status == {200: 5}
    numbers = [item["number"] for page in pages for item in page.json()]
    assert len(numbers) == len(set(numbers))
