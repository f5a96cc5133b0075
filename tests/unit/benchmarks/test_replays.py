"""What a replay was asked, read from its log."""

from benchmarks.replays import read_asked

LOG = """{
  "title": "recordings"
}
GET /repos/planted/lamp 200, 1,204 bytes
GET /repos/planted/lamp/commits?since=2026-04-24T00:00:00Z&per_page=100 304, 0 bytes
GET /repos/planted/torch 404, 61 bytes, not here
requests: 3, with 304: 1, for what is not here: 1
"""


def test_requests_are_counted_by_the_status_of_their_answers() -> None:
    # When
    asked = read_asked(LOG.splitlines())

    # Then
    assert asked.as_json(targets=2) == {
        "requests": 3,
        "requests_per_target": 1.5,
        "requests_by_status": {"200": 1, "304": 1, "404": 1},
        "requests_unchanged": 1,
        "requests_not_recorded": 1,
        "bytes_served": 1_265,
    }
