"""What is left out is said on a laptop, and fails in CI."""

from pathlib import Path
from types import ModuleType

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
SKIPS = "import pytest\ndef test_x(): pytest.skip('nothing here')\n"
FIXTURE_SKIPS = (
    "import pytest\n@pytest.fixture\ndef service(): pytest.skip('not here')\ndef test_y(service): assert service\n"
)
EXPECTED_TO_FAIL = "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_z(): raise OSError\n"


@pytest.fixture
def ours(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> ModuleType:
    """Return our conftest, with the small suite's folder as its repository."""
    module = request.config.pluginmanager.get_plugin(str(CONFTEST))
    assert isinstance(module, ModuleType)
    monkeypatch.setattr(module, "ROOT", pytester.path)
    return module


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a small suite beside our conftest: three tests that need something, and one unit test."""
    pytester.makeini("[pytest]\nmarkers =\n    services\n    recorded\n    e2e\naddopts = --import-mode=importlib\n")
    written = {
        "recorded/test_a.py": SKIPS,
        "integration/test_b.py": FIXTURE_SKIPS,
        "e2e/test_c.py": EXPECTED_TO_FAIL,
        "unit/test_d.py": SKIPS,
    }
    for name, text in written.items():
        path = pytester.path / "tests" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return pytester


def test_on_a_laptop_what_is_missing_is_skipped_and_named(
    suite: pytest.Pytester, ours: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a machine that is not CI, without recordings and services
    monkeypatch.delenv("CI", raising=False)
    # When the suite runs
    result = suite.runpytest_inprocess("tests", plugins=[ours])
    # Then it passes, and one line names the recorded suite that was left out
    result.assert_outcomes(skipped=3, xfailed=1)
    result.stdout.fnmatch_lines(["recorded suites left out, for want of ../shared/data: a"])


def test_in_ci_what_is_missing_fails(suite: pytest.Pytester, ours: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given CI, where everything has to be there
    monkeypatch.setenv("CI", "true")
    # When the suite runs
    result = suite.runpytest_inprocess("tests", plugins=[ours])
    # Then what was skipped for want of something has failed, with the reason; a unit test may still be skipped
    result.assert_outcomes(failed=1, errors=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["*nothing here (a laptop may skip this; CI is set, so it must run)*"])
