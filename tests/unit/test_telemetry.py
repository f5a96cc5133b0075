"""Log lines: one format, no secret, no forged line, and strangers' handlers left alone."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.redaction import Redactor
from orchestrator.settings import Settings, load_settings
from orchestrator.telemetry import Redaction, configure_logging, redactor_for

SECRET = "pl4nted/s'cr\"t"
RAW = {"broker_url": "redis://:pl4nted%2Fs%27cr%22t@broker/0", "flower_basic_auth": f"eve:{SECRET}"}


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    """Give the root logger and structlog back as they were."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def known(**given: object) -> Settings:
    """Return settings that hold the planted secret."""
    return load_settings(**{**RAW, "log_format": "json", **given})


def logged(stream: io.StringIO) -> dict[str, object]:
    """Return the only line that was written, as JSON."""
    (line,) = stream.getvalue().splitlines()
    event: dict[str, object] = json.loads(line)
    return event


def fail_with(cause: str, words: str) -> None:
    """Raise an error that has a cause."""
    raise ValueError(words) from KeyError(cause)


@pytest.fixture
def stream() -> io.StringIO:
    """Return a stream that receives JSON lines."""
    stream = io.StringIO()
    configure_logging(known(), stream=stream)
    return stream


def test_our_lines_carry_time_level_logger_and_context(stream: io.StringIO) -> None:
    # Given a run that is bound to the context
    structlog.contextvars.bind_contextvars(run="r-1")
    # When a line is logged with values of its own
    structlog.get_logger("orchestrator.ledger").info("claimed", step="collect", attempt=2)
    # Then all of it stands in one JSON object
    event = logged(stream)
    assert str(event.pop("timestamp")).endswith("Z")
    assert event == {
        "event": "claimed", "step": "collect", "attempt": 2, "run": "r-1", "level": "info",
        "logger": "orchestrator.ledger",
    }  # fmt: skip


def test_lines_of_libraries_have_the_same_form(stream: io.StringIO) -> None:
    # Given a library that logs in the standard way, within a run
    structlog.contextvars.bind_contextvars(run="r-1")
    # When it logs
    logging.getLogger("kombu.connection").warning("retry %d in %s", 2, "4 s")
    # Then the line looks like ours
    event = logged(stream)
    del event["timestamp"]
    assert event == {"event": "retry 2 in 4 s", "run": "r-1", "level": "warning", "logger": "kombu.connection"}


def test_less_severe_lines_than_asked_for_are_not_written() -> None:
    # Given a log of errors
    stream = io.StringIO()
    configure_logging(known(log_level="error"), stream=stream)
    # When something less severe is logged, then nothing is written
    structlog.get_logger("a").warning("ours")
    logging.getLogger("a").warning("theirs")
    assert stream.getvalue() == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    secret=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=6).map(lambda text: f"§{text}§"),
    style=st.sampled_from(["json", "console"]),
    words=st.text(max_size=10),
)
def test_no_planted_secret_gets_out_by_any_way(secret: str, style: str, words: str) -> None:
    # Given settings that hold a secret
    stream = io.StringIO()
    configure_logging(load_settings(flower_basic_auth=secret, log_format=style), stream=stream)
    ours, theirs = structlog.get_logger("ours"), logging.getLogger("theirs")
    # When it is in a message, an argument, a key, a nested value, an object, an address, and an exception's cause
    ours.info(f"{words} {secret}")
    ours.info("%s and %r", secret, secret)
    ours.info(
        "context",
        note=secret,
        deep={"a": [{"b": (secret,)}], secret: 1},
        failure=OSError(1, secret),
        url=f"https://u:{secret}@h",
    )
    theirs.warning("%s %r %s", secret, {"k": secret}, ["'\"", secret])
    try:
        fail_with(secret, words)
    except ValueError:
        ours.exception("ours")
        theirs.exception("theirs", stack_info=True)
    # Then all of it is written, and the secret is not, in any spelling
    written = stream.getvalue()
    assert written.count("theirs") >= 2
    for spelling in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], ascii(secret)[1:-1]):
        assert spelling not in written


def test_a_secret_is_masked_by_its_name_too(stream: io.StringIO) -> None:
    # Given a secret that no setting holds, when it is logged under its name, then it is masked
    structlog.get_logger("a").info("login", api_key="unknown-to-us", headers={"Authorization": "unknown-to-us"})
    assert "unknown-to-us" not in stream.getvalue()


def test_a_line_that_cannot_be_formatted_is_told_without_its_arguments(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a library's line with a wrong number of arguments, one of them secret
    # When it is logged
    record = logging.makeLogRecord({"name": "library", "msg": "%s %s", "args": ("unknown-to-us",)})
    ours = [handler for handler in logging.getLogger().handlers if getattr(handler, "stream", None) is stream]
    ours[0].handle(record)
    # Then our log says whose line it was, and the argument is printed nowhere
    assert stream.getvalue().startswith("a log line of library at ")
    assert capsys.readouterr().err == ""
    assert "unknown-to-us" not in stream.getvalue()


def test_a_closed_stream_stops_nobody(stream: io.StringIO) -> None:
    # Given a log whose stream is closed, when a line is logged, then the caller goes on
    stream.close()
    structlog.get_logger("a").info("x")
    assert stream.closed


@pytest.mark.parametrize(("settings_of", "coloured"), [({}, True), ({"no_color": True}, False)])
def test_lines_for_people_are_coloured_on_a_terminal_only_where_wanted(
    settings_of: dict[str, object], *, coloured: bool
) -> None:
    # Given a terminal
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    configure_logging(known(log_format="console", **settings_of), stream=stream)
    # When a line is logged, then it has colours unless they were refused
    structlog.get_logger("a").info("hello")
    assert ("\x1b[" in stream.getvalue()) is coloured


def test_collected_text_can_neither_forge_a_line_nor_move_the_cursor() -> None:
    # Given lines for people, and a title that a stranger wrote
    stream = io.StringIO()
    configure_logging(known(log_format="console"), stream=stream)
    # When it is logged
    structlog.get_logger("a").info("found", title="x\n2026 [info] all is well \x1b[2J \u202e", number=3)
    # Then it stays one line, of which a terminal obeys nothing
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert "\x1b" not in written
    assert "\u202e" not in written


def test_a_traceback_keeps_its_lines_for_people() -> None:
    # Given lines for people
    stream = io.StringIO()
    configure_logging(known(log_format="console"), stream=stream)
    # When an exception is logged, then its traceback is readable
    try:
        fail_with("gone", "lost")
    except ValueError:
        structlog.get_logger("a").exception("failed")
    assert stream.getvalue().endswith("\nValueError: lost\n")


def test_configuring_again_replaces_only_what_was_ours() -> None:
    # Given a stranger's handler, a bare one, and a first configuration
    class Strange(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            """Keep nothing."""

    root = logging.getLogger()
    strange, bare = Strange(), logging.StreamHandler(io.StringIO())
    root.addHandler(strange)
    root.addHandler(bare)
    first, second = io.StringIO(), io.StringIO()
    configure_logging(known(), stream=first)
    # When it is configured again
    configure_logging(known(), stream=second)
    logging.getLogger("a").error("once")
    # Then the stranger's is still there, the bare one is not, and a line is written once
    assert strange in root.handlers
    assert bare not in root.handlers
    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 1


def test_by_default_the_log_goes_to_the_error_stream(capsys: pytest.CaptureFixture[str]) -> None:
    # Given no stream, when a line is logged, then output for programs stays clean
    configure_logging(known())
    structlog.get_logger("a").info("x")
    out, err = capsys.readouterr()
    assert (out, json.loads(err)["event"]) == ("", "x")


def test_the_redactor_of_the_settings_knows_every_secret_in_them() -> None:
    # Given settings with a password in an address, escaped as addresses must be
    redactor = redactor_for(load_settings(broker_url=RAW["broker_url"]))
    # When it turns up as it is or as it is written, then it is taken out
    assert redactor.text(f"{SECRET} pl4nted%2Fs%27cr%22t") == "*** ***"


def test_the_processor_works_on_any_event() -> None:
    # Given an event of odd keys, when it is processed, then they are texts
    assert Redaction(Redactor(["hidden"]))(None, "info", {"hidden": b"hidden", "token": 1, "none": None}) == {
        "***": "***", "token": "***", "none": None,
    }  # fmt: skip
