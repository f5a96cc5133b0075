"""``lookout replay``: it says where and how to ask it, answers until it is told to stop, and refuses what it cannot."""

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.commands import Answer, Lookout
from support.stages import wait_for

OK = {"status": 200, "headers": {"Content-Type": "application/json", "ETag": '"a"'}, "body": "[]"}
LINE = {"request": {"method": "GET", "url": "https://api.github.com/repos/a/b"}, "response": OK}
Visit = Callable[[httpx2.Client, str], Any]


@pytest.fixture
def port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Return a folder with a recording of one exchange."""
    folder = tmp_path / "recorded"
    folder.mkdir()
    (folder / "one.jsonl").write_text(json.dumps(LINE) + "\n")
    return folder


@pytest.fixture
def play(lookout: Lookout, port: int) -> Iterator[Callable[..., Answer]]:
    """Return what plays something until it has been visited."""

    def played(*words: str, visit: Visit | None = None, end: signal.Signals = signal.SIGINT) -> Answer:
        failed: list[BaseException] = []

        def visitor() -> None:
            try:
                wait_for(lambda: _is_open(port), seconds=30)
                with httpx2.Client(trust_env=False) as client:
                    (visit or _look)(client, f"http://127.0.0.1:{port}")
            except BaseException as error:  # noqa: BLE001  it is told where the test can fail
                failed.append(error)
            os.kill(os.getpid(), end)

        thread = threading.Thread(target=visitor, daemon=True)
        thread.start()
        answer = lookout("replay", "--port", str(port), *words)
        thread.join(30)
        assert not failed, failed
        return answer

    yield played
    assert not _is_open(port)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _look(client: httpx2.Client, url: str) -> None:
    assert client.get(f"{url}/repos/a/b").status_code == 200


def test_a_recording_is_played_and_says_where_and_with_which_settings(
    play: Callable[..., Answer], recording: Path, port: int
) -> None:
    # Given / When a recording is played, and asked once
    answer = play(str(recording))
    # Then it said how to come there, and afterwards what was asked
    assert f"address    http://127.0.0.1:{port}" in answer.out
    assert f"export LOOKOUT_GITHUB_API_URL=http://127.0.0.1:{port}\n" in answer.out
    assert "title      recorded" in answer.out
    assert "requests: 1, with 304: 0, for what is not here: 0" in answer.err
    assert "GET" not in answer.err
    # And Ctrl-C is an interruption
    assert answer.code == 130


def test_a_service_managers_stop_is_no_failure(play: Callable[..., Answer], recording: Path) -> None:
    assert play(str(recording), end=signal.SIGTERM).code == 0


def test_everything_can_be_had_as_json(play: Callable[..., Answer], recording: Path, port: int) -> None:
    told = json.loads(play(str(recording), str(recording / "one.jsonl"), "--json").out)
    assert told == {
        "title": "recorded, one.jsonl",
        "exchanges": 2,
        "left_out": 0,
        "url": f"http://127.0.0.1:{port}",
        "settings": {"LOOKOUT_GITHUB_API_URL": f"http://127.0.0.1:{port}"},
    }


def test_each_request_is_told_where_that_is_wanted_and_nothing_secret_with_it(
    play: Callable[..., Answer], recording: Path
) -> None:
    # Given / When somebody asks with a token in the address, and with what would move a terminal's cursor
    def visit(client: httpx2.Client, url: str) -> None:
        client.get(f"{url}/repos/a/b", headers={"if-none-match": '"a"'})
        client.get(f"{url}/none?access_token=hunter2&q=%1b[31m&since=2026-01-01T00:00:00Z")

    answer = play(str(recording), "--verbose", visit=visit)
    # Then both are told, without either
    assert "GET /repos/a/b 304, 0 bytes\n" in answer.err
    assert "GET /none?access_token=***&q=%1B%5B31m&since=2026-01-01T00:00:00Z 404, " in answer.err
    assert "bytes, not here" in answer.err
    assert "hunter2" not in answer.err
    assert "\x1b" not in answer.err


def test_a_broken_recording_is_refused_with_place_and_remedy(lookout: Lookout, recording: Path) -> None:
    (recording / "two.jsonl").write_text(json.dumps(LINE) + "\n" + json.dumps(LINE)[:40])
    answer = lookout("replay", str(recording), "--port", "0")
    assert (answer.code, answer.out) == (2, "")
    assert f"lookout: {recording}/two.jsonl, line 2: the line: Invalid JSON" in answer.err
    assert "it is cut off: record it anew, or take the line out" in answer.err


def test_a_broken_recording_is_played_without_what_is_broken_where_that_is_wanted(
    play: Callable[..., Answer], recording: Path
) -> None:
    (recording / "two.jsonl").write_text("{\n" * 25)
    answer = play(str(recording), "--skip-broken")
    assert f"left out: {recording}/two.jsonl, line 1: the line: Invalid JSON" in answer.err
    assert "two.jsonl, line 20" in answer.err
    assert "two.jsonl, line 21" not in answer.err
    assert "left out: 25 of 26 lines" in answer.err


def test_a_recording_with_nothing_that_can_be_played_is_refused(lookout: Lookout, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("[]\n")
    answer = lookout("replay", "x.jsonl", "--skip-broken")
    assert answer.code == 2
    assert "there is nothing to play in x.jsonl: give another recording" in answer.err


def test_the_incident_is_played_as_of_a_time(play: Callable[..., Answer], port: int) -> None:
    # Given / When
    def visit(client: httpx2.Client, url: str) -> None:
        answer = client.get(f"{url}/repos/quillmoor-example/ferrywheel/releases/latest")
        assert (answer.json()["tag_name"], answer.headers["x-lookout-replay"][:15]) == ("v2.4.1", "The ferrywheel ")

    answer = play("--incident", "--act", "1", "--as-of", "2026-01-31T12:00+01:00", visit=visit)
    # Then
    assert "seen       first look" in answer.out
    assert "as of      2026-01-31T11:00:00+00:00" in answer.out
    assert f"export LOOKOUT_SOURCE_PRIVATE_HOSTS=127.0.0.1:{port}" in answer.out


def test_the_incident_ends_now_where_nobody_says_otherwise(play: Callable[..., Answer]) -> None:
    def visit(client: httpx2.Client, url: str) -> None:
        stand = client.get(f"{url}/replay").json()
        assert (stand["act"], stand["seen_until"]) == (2, stand["as_of"])

    assert play("--incident", visit=visit).code == 130


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "give recordings to play, or --incident, and not both"),
        (("--incident", "x.jsonl"), "give recordings to play, or --incident, and not both"),
        (("x.jsonl", "--act", "1"), "--act and --as-of are for --incident"),
        (("x.jsonl", "--as-of", "now"), "--act and --as-of are for --incident"),
        (("--incident", "--act", "7"), "act 7 is none of the incident's: give 0 (before)"),
        (("--incident", "--as-of", "soon"), "'soon', which is no time with its zone"),
        (("--incident", "--as-of", "2026-01-01T00:00"), "which is no time with its zone"),
        (("--incident", "--as-of", "2999-01-01T00:00Z"), "which is yet to come"),
        (("--incident", "--host", "0.0.0.0"), "not this machine's own"),  # noqa: S104  it is refused
        (("--incident", "--port", "70000"), "70000"),
        (("none.jsonl",), "none.jsonl cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_is_refused(lookout: Lookout, words: tuple[str, ...], told: str) -> None:
    answer = lookout("replay", *words)
    assert (answer.code, answer.out) == (2, "")
    assert told in " ".join(answer.err.split())


def test_a_port_that_is_taken_is_told(lookout: Lookout) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = lookout("replay", "--incident", "--port", str(taken.getsockname()[1]))
    assert answer.code == 2
    assert "cannot be had (Address already in use): give another, or 0 for any that is free" in answer.err
