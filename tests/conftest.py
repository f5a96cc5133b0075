"""What holds for every test, whoever runs it.

A test's folder is its marker; no setting of the person at the keyboard reaches it; what was left out is said, and in
CI leaving out is failing.
"""

import os
import signal
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
OPTIONAL = "rabbitmq"
"""Folder of the tests whose program may be missing anywhere."""
MARKED_BY_FOLDER = {"integration": "services", "recorded": "recorded", "e2e": "e2e"}
SETTINGS = (
    "DATABASE_URL",
    "CELERY_",
    "REDIS_URL",
    "BROKER_URL",
    "LOOKOUT_",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "NO_COLOR",
    "FLOWER_",
    "GITHUB_TOKEN",
)


def pytest_configure(config: pytest.Config) -> None:
    """Forget the settings of whoever runs the tests, for the processes that tests start as well."""
    config.addinivalue_line("markers", "optional: needs a program that may be missing in CI as well")
    # Nothing is timed in a test: on a busy machine an example may take as long as it likes.
    settings.register_profile("lookout", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("lookout")
    for name in [name for name in os.environ if name.startswith(SETTINGS)]:
        del os.environ[name]
    # A runner in the background is started deaf to Ctrl-C, and would hand that down to what tests start and interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark each test by the folder it stands in."""
    for item in items:
        folder = item.path.relative_to(ROOT).parts[1]
        if folder in MARKED_BY_FOLDER:
            item.add_marker(MARKED_BY_FOLDER[folder])
        if OPTIONAL in item.path.relative_to(ROOT).parts:
            item.add_marker("optional")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one where ``CI`` is set: there everything it needs has to be present."""
    report = yield
    needs = any(item.get_closest_marker(marker) for marker in MARKED_BY_FOLDER.values())
    needs = needs and item.get_closest_marker("optional") is None
    if report.skipped and needs and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        report.outcome = "failed"
        report.longrepr = f"{reason} (a laptop may skip this; CI is set, so it must run)"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Name the recorded suites that were left out, in one line after all that others say."""
    yield
    skipped = terminalreporter.stats.get("skipped", [])
    suites = {report.nodeid.split("::")[0] for report in skipped if report.nodeid.startswith("tests/recorded/")}
    if suites:
        names = ", ".join(sorted(Path(suite).stem.removeprefix("test_") for suite in suites))
        terminalreporter.write_line(f"recorded suites left out, for want of ../shared/data: {names}")
