"""A stranger's configuration or result backend is noticed before it can split the system."""

import subprocess
import sys
from pathlib import Path

import pytest
from celery import Celery

from orchestrator import celery_guard
from orchestrator.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]


def app_with(backend: str) -> Celery:
    return Celery("other", backend=backend, set_as_current=False)


def test_our_own_configuration_beside_the_package_is_fine(tmp_path: Path) -> None:
    # Given a package with our configuration beside it, reached through a link
    (tmp_path / "real" / "orchestrator").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    # When it is checked, then the file is known for the same
    celery_guard.check_configuration(
        tmp_path / "link" / "celeryconfig.py", beside=tmp_path / "real" / "orchestrator" / "celery.py"
    )


def test_a_strangers_configuration_is_refused_with_both_paths(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"imported from .*/celeryconfig\.py, not from .*: start from another"):
        celery_guard.check_configuration(tmp_path / "celeryconfig.py", beside=ROOT / "orchestrator" / "celery.py")


def test_the_app_does_not_start_from_a_folder_that_holds_a_foreign_configuration(tmp_path: Path) -> None:
    # Given a folder of somebody else's Celery project
    (tmp_path / "celeryconfig.py").write_text("broker_url = 'memory://'\n")
    # When our app is imported there, as ``celery -A orchestrator`` does
    command = "import sys; sys.path.insert(0, ''); import orchestrator.celery"
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    # Then it refuses in words
    assert done.returncode == 1
    assert f"celeryconfig was imported from {tmp_path / 'celeryconfig.py'}" in done.stderr


def test_the_ledger_is_a_fine_result_backend() -> None:
    celery_guard.check_backend(app_with("orchestrator.ledger.backend:LedgerBackend"))


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("cache+memory://", "the result backend is CacheBackend, not the ledger: unset CELERY_RESULT_BACKEND"),
        ("rpc://", "the result backend is RPCBackend, not the ledger: unset CELERY_RESULT_BACKEND"),
        ("disabled://", "the result backend is DisabledBackend, not the ledger: unset CELERY_RESULT_BACKEND"),
        ("nonsense", "the result backend cannot be used .*: unset CELERY_RESULT_BACKEND"),
        ("no.such.module:Backend", "the result backend cannot be used .*: unset CELERY_RESULT_BACKEND"),
    ],
)
def test_a_foreign_result_backend_is_refused_with_the_remedy(backend: str, words: str) -> None:
    # Given an app whose backend was replaced, when it is checked, then it says by what, and what to do
    with pytest.raises(ConfigurationError, match=words):
        celery_guard.check_backend(app_with(backend))
