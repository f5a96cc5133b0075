"""Recorded exchanges are read, matched with requests, and played in their order."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import RecordingError
from orchestrator.recordings.asking import Asked, Reply, conditional
from orchestrator.recordings.book import Book
from orchestrator.recordings.exchange import Exchange, key_of, read_exchanges

HERE = "http://127.0.0.1:1"


def exchange(
    url: str = "https://api.example.org/repo?b=2&a=1",
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    body: str = "",
    body_encoding: str = "",
    file: str = "",
    seq: int = 0,
) -> dict[str, Any]:
    """Return an exchange as a line of a recording holds it."""
    response = {"status": status, "headers": dict(headers or {}), "body": body, "body_encoding": body_encoding}
    return {"file": file, "seq": seq, "request": {"method": "GET", "url": url}, "response": response}


def book(*lines: dict[str, Any]) -> Book:
    """Return a book of some lines."""
    return Book.of(Exchange.model_validate(line) for line in lines)


def ask(url: str, *, method: str = "GET", etag: str = "", since: str = "", body: bytes = b"") -> Asked:
    """Return a request."""
    return Asked(key_of(method, url), etag=etag, since=since, body=body)


def answer(book: Book, asked: Asked) -> Reply:
    """Return what a book answers, as a server sends it."""
    return conditional(book.answer(asked, url=HERE), asked)


def test_a_request_is_known_by_method_path_and_query_whatever_their_order_and_host() -> None:
    told = answer(book(exchange(body="x")), ask(f"{HERE}/repo?a=1&b=2", method="get"))
    assert (told.status, told.body, told.known) == (200, b"x", True)


@pytest.mark.parametrize(
    ("method", "url"),
    [("GET", "/repo"), ("GET", "/repo?a=1"), ("GET", "/repo?a=1&b=3"), ("GET", "/x?a=1&b=2"), ("PUT", "/repo?a=1&b=2")],
)
def test_what_was_not_recorded_is_not_found(method: str, url: str) -> None:
    told = answer(book(exchange()), ask(url, method=method))
    assert (told.status, told.known) == (404, False)


def test_who_asks_for_what_was_not_recorded_is_told_what_is_like_it() -> None:
    # Given a recording of two lists and something else
    recorded = book(exchange("/repos/a/b/issues?state=all"), exchange("/repos/a/b/pulls?state=all"), exchange("/zzz"))
    # When something near to them is asked for
    told = json.loads(answer(recorded, ask("/repos/a/b/issues?state=open")).body)
    # Then the answer names what was asked for, and the nearest first
    assert told["message"] == "not in the recording: GET /repos/a/b/issues?state=open"
    assert told["near"] == ["GET /repos/a/b/issues?state=all", "GET /repos/a/b/pulls?state=all"]


def test_requests_for_the_same_go_from_one_answer_to_the_next_and_the_last_stays() -> None:
    # Given a recording in which a service failed, and then answered
    recorded = book(exchange("/x", file="f", seq=2, body="good"), exchange("/x", status=500, file="f", seq=1))
    # When it is asked three times
    seen = [answer(recorded, ask("/x")) for _ in range(3)]
    # Then it fails, and then it answers
    assert [one.status for one in seen] == [500, 200, 200]


@pytest.mark.parametrize(
    "asked",
    [
        "/list?since=2026-01-01T00:00:00Z&state=all",
        "/list?since=2026-01-01&state=all&per_page=100",
        "/list?state=all",
        "/list?state=all&page=1",
        "/list?since=1767225600&state=all",
    ],
)
def test_a_request_that_differs_in_a_time_or_a_pages_size_alone_is_answered_by_what_was_recorded(asked: str) -> None:
    recorded = book(exchange("/list?state=all&since=2020-05-05T00:00:00Z&per_page=30", body="page"))
    assert answer(recorded, ask(asked)).body == b"page"


@pytest.mark.parametrize("asked", ["/list?state=open", "/list?state=all&page=2", "/list?state=all&q=12345678901"])
def test_a_request_that_differs_in_anything_else_is_not(asked: str) -> None:
    recorded = book(exchange("/list?state=all&since=2020-05-05T00:00:00Z", body="page"))
    assert answer(recorded, ask(asked)).status == 404


def test_the_very_request_goes_before_one_that_is_like_it_and_of_those_the_one_with_most_in_common() -> None:
    # Given the same list as of two times, the second in two sizes
    recorded = book(
        exchange("/list?since=2020-01-01", body="a"),
        exchange("/list?since=2021-01-01", body="b"),
        exchange("/list?since=2021-01-01&per_page=5", body="c"),
    )
    # When / Then
    assert answer(recorded, ask("/list?since=2021-01-01")).body == b"b"
    assert answer(recorded, ask("/list?since=2021-01-01&per_page=7")).body == b"b"
    assert answer(recorded, ask("/list?since=2019-01-01&per_page=5")).body == b"c"
    assert answer(recorded, ask("/list")).body == b"a"


def test_what_is_sent_decides_where_it_was_recorded() -> None:
    # Given two questions to the same address, and their answers
    lines = [exchange("/query", body=each) for each in ("one", "two")]
    for line, words in zip(lines, ('{"a": 1, "b": [2]}', "plain"), strict=True):
        line["request"] |= {"method": "POST", "body": words}
    recorded = book(*lines)
    # When / Then each is answered by its content, and one that nobody asked by what comes first
    assert answer(recorded, ask("/query", method="POST", body=b"plain\n")).body == b"two"
    assert answer(recorded, ask("/query", method="POST", body=b'{"b":[2],"a":1}')).body == b"one"
    assert answer(recorded, ask("/query", method="POST", body=b"{")).body == b"one"


@pytest.mark.parametrize(
    ("etag", "since", "unchanged"),
    [
        ('"v1"', "", True),
        ('W/"v1"', "", True),
        ('"v0", "v1"', "", True),
        ("*", "", True),
        ('"v0"', "", False),
        ("", "Sun", True),
        ("", "Mon", False),
        ('"v0"', "Sun", False),
        ("", "", False),
    ],
)
def test_a_request_that_names_the_mark_of_what_it_would_get_gets_nothing_new(
    etag: str, since: str, *, unchanged: bool
) -> None:
    recorded = book(exchange("/x", headers={"ETag": '"v1"', "Last-Modified": "Sun"}, body="page"))
    told = answer(recorded, ask("/x", etag=etag, since=since))
    assert (told.status, told.body) == ((304, b"") if unchanged else (200, b"page"))


def test_an_answer_that_nobody_marked_is_marked_by_its_content() -> None:
    # Given a recording without marks
    recorded = book(exchange("/x", body="page", seq=1), exchange("/x", body="other", seq=2))
    # When it is asked, and asked again with the mark of the first answer
    first = answer(recorded, ask("/x"))
    then = answer(recorded, ask("/x", etag=first.header("etag")))
    # Then the second answer, which is another, is sent; and is not sent again
    assert (then.status, then.body) == (200, b"other")
    assert answer(recorded, ask("/x", etag=then.header("etag"))).status == 304


def test_only_what_was_found_is_ever_unchanged() -> None:
    recorded = book(exchange("/x", status=404, headers={"ETag": '"v1"'}))
    assert answer(recorded, ask("/x", etag='"v1"')).status == 404


def test_who_asks_without_a_mark_gets_a_page_though_the_recording_says_unchanged() -> None:
    recorded = book(exchange("/x", seq=1, body="page"), exchange("/x", seq=2, status=304))
    asked = [answer(recorded, ask("/x")), answer(recorded, ask("/x"))]
    assert [one.body for one in asked] == [b"page", b"page"]
    # And who has a mark that is not the page's is told what the recording says
    assert answer(recorded, ask("/x", etag='"any"')).status == 304


def test_a_recording_that_begins_with_unchanged_says_so_to_whoever_asks() -> None:
    assert answer(book(exchange("/x", status=304)), ask("/x")).status == 304


def test_files_are_read_in_order_with_what_is_packed_in_base64(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.jsonl").write_text(json.dumps(exchange("/2", body="AAE=", body_encoding="base64")) + "\n\n")
    (tmp_path / "a.jsonl").write_text(json.dumps(exchange("/1", headers={"X": "1"})))
    (tmp_path / "notes.md").write_text("not a recording")
    first, second = read_exchanges(tmp_path)
    assert (first.request.url, first.header("x"), second.body) == ("/1", "1", b"\x00\x01")
    assert first.header("y") == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 2: the line: Invalid JSON"),
        ('{"request": {"method": "GE', "line 2: the line: Invalid JSON"),
        ("[" * 10_000, "line 2: the line: Invalid JSON"),
        ("[]", "line 2: the line: Input should be"),
        (json.dumps({"request": {"method": "GET", "url": "/"}}), "line 2: response: Field required"),
        (json.dumps(exchange(status=42)), "line 2: response.status: Input should be greater"),
        (json.dumps(exchange(body="?", body_encoding="base64")), "line 2: response.body: "),
        (json.dumps(exchange("http://[::1")), "line 2: request.url: "),
        (json.dumps(exchange(headers={"X-A\r\nX-Injected: 1\r\nX-B": "1"})), "line 2: response.headers."),
    ],
)
def test_a_recording_that_cannot_be_read_says_where_and_what_to_do(tmp_path: Path, line: str, words: str) -> None:
    # Given a recording with a bad line between two good ones
    file = tmp_path / "broken.jsonl"
    file.write_text("\n".join([json.dumps(exchange("/1")), line, json.dumps(exchange("/3"))]) + "\n")
    # When it is read
    with pytest.raises(RecordingError) as raised:
        list(read_exchanges(file))
    # Then the error names the place and the remedy
    assert f"{file}, {words}" in str(raised.value)
    assert str(raised.value).endswith("record it anew, or take the line out")
    # And who wants to go on gets the others, and hears of it
    heard: list[RecordingError] = []
    assert [one.request.url for one in read_exchanges(file, broken=heard.append)] == ["/1", "/3"]
    assert [str(one) for one in heard] == [str(raised.value)]


def test_a_recording_that_was_cut_off_says_so(tmp_path: Path) -> None:
    file = tmp_path / "cut.jsonl"
    file.write_text(json.dumps(exchange())[:-20])
    with pytest.raises(RecordingError, match="it is cut off: record it anew"):
        list(read_exchanges(file))


def test_a_line_without_an_end_is_refused_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a limit on lines, and one that is longer than twice that
    monkeypatch.setattr("orchestrator.recordings.exchange._LONGEST_LINE", 300)
    file = tmp_path / "long.jsonl"
    file.write_text(json.dumps(exchange("/1" + "x" * 700)) + "\n" + json.dumps(exchange("/2")) + "\n")
    # When it is read
    heard: list[RecordingError] = []
    read = list(read_exchanges(file, broken=heard.append))
    # Then it is one bad line, and the next one is the next
    assert [one.request.url for one in read] == ["/2"]
    assert [f"{file}, line 1: the line: it has 300 bytes or more" in str(one) for one in heard] == [True]


def test_a_file_that_is_too_large_or_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a file beyond the limit, and a pipe that nobody writes to
    monkeypatch.setattr("orchestrator.recordings.exchange._LARGEST_FILE", 10)
    file, pipe = tmp_path / "large.jsonl", tmp_path / "pipe.jsonl"
    file.write_text(json.dumps(exchange()))
    os.mkfifo(pipe)
    # When / Then neither is read
    with pytest.raises(RecordingError, match="more than 10 bytes; give a part of it"):
        list(read_exchanges(file))
    with pytest.raises(RecordingError, match="it is no file"):
        list(read_exchanges(pipe))


def test_a_place_without_a_recording_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"holds no recording; give a folder with files that end in \.jsonl"):
        list(read_exchanges(tmp_path))
    with pytest.raises(RecordingError, match="cannot be read"):
        list(read_exchanges(tmp_path / "none.jsonl"))
