"""What runs: Python, the packages, and as whom."""

import pytest

from orchestrator.doctor.check import Verdict
from orchestrator.doctor.installation import account_check, check_installation, packages_check, python_check


def test_this_installation_is_whole() -> None:
    # Given / When
    checks = {check.name: check for check in check_installation()}
    # Then
    assert checks["python"].verdict is Verdict.OK
    assert checks["packages"].verdict is Verdict.OK
    assert "celery 5" in checks["packages"].seen


def test_an_old_python_is_told() -> None:
    # Given / When
    check = python_check((3, 9))
    # Then
    assert check.verdict is Verdict.FAILED
    assert "3.11 or newer" in check.remedy


@pytest.mark.parametrize(
    ("required", "expected"),
    [
        ("no-such-package-anywhere>=1", "no-such-package-anywhere is missing"),
        ("click>=9999", "but >=9999 is needed"),
    ],
)
def test_a_package_that_is_missing_or_old_is_told(required: str, expected: str) -> None:
    # Given / When
    check = packages_check([required, "click>=8", "no-such-package; extra == 'dev'"])
    # Then
    assert check.verdict is Verdict.FAILED
    assert expected in check.seen
    assert "no-such-package is" not in check.seen


@pytest.mark.parametrize(("uid", "expected"), [(0, Verdict.WARNING), (1_000, Verdict.OK)])
def test_workers_of_root_are_a_warning(uid: int, expected: Verdict) -> None:
    # Given / When / Then
    assert account_check(uid).verdict is expected
