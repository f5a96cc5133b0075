"""Finds the real recordings that stand beside the repository; a stranger's clone has none."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Return the folder of recordings; skips where it is missing, and fails instead where ``CI`` is set."""
    folder = ROOT.parent / "shared" / "data"
    if folder.is_dir():
        return folder
    reason = "recorded suites left out: no ../shared/data beside the repository"
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; in CI the recordings must be there")
    pytest.skip(reason)
