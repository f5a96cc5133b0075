"""Findings held against what was planted."""

from typing import Any

from benchmarks.checking import compare
from benchmarks.planted.expected import BREAKING, INACTIVE, UNPINNED, VULNERABLE, Expected

FLAW = Expected(VULNERABLE, "lamp", about="amber/BENCH-1", severity="high", fixed_in="1.2")


def finding(kind: str, target: str = "lamp", severity: str = "high", **data: object) -> dict[str, Any]:
    return {"kind": kind, "target_label": target, "severity": severity, "data": data}


def flaw(*ids: str, to: str = "1.2", severity: str = "high") -> dict[str, Any]:
    return finding(VULNERABLE, severity=severity, name="amber", ids=list(ids), fixed_in=[{"to": to}] if to else [])


def test_what_was_planted_and_found_passes_by_whichever_of_its_ids_it_goes() -> None:
    # Given a flaw under two names, and findings about a version, a file and a whole repository
    expected = [
        FLAW,
        Expected(BREAKING, "lamp", about="1.4", severity="medium"),
        Expected(UNPINNED, "lamp", about="requirements.txt"),
        Expected(INACTIVE, "torch", severity="high"),
    ]
    found = [
        flaw("CVE-1", "BENCH-1"),
        finding(BREAKING, severity="medium", version="1.4"),
        finding(UNPINNED, file="requirements.txt"),
        finding(INACTIVE, target="torch"),
    ]

    # When
    verdict = compare(expected, {"findings": found})

    # Then
    assert not verdict.failed
    assert verdict.as_json()["kinds"][VULNERABLE] == {"expected": 1, "found": 1}


def test_what_is_missing_is_named() -> None:
    # When
    verdict = compare([FLAW], {"findings": []})

    # Then
    assert verdict.failed
    assert verdict.missing == ("security.vulnerable_dependency of lamp: amber/BENCH-1",)


def test_another_severity_and_another_way_out_are_wrong() -> None:
    # When
    verdict = compare([FLAW], {"findings": [flaw("BENCH-1", severity="low", to="")]})

    # Then
    assert verdict.failed
    assert [words.partition(": ")[2] for words in verdict.wrong] == [
        "amber/BENCH-1: is low, planted as high",
        "amber/BENCH-1: says to upgrade to [], planted was 1.2",
    ]


def test_what_nobody_planted_fails() -> None:
    # When
    verdict = compare([FLAW], {"findings": [flaw("BENCH-1"), flaw("BENCH-2")]})

    # Then
    assert verdict.failed
    assert verdict.unexpected == ("security.vulnerable_dependency of lamp: amber/BENCH-2",)
    assert verdict.as_json()["unexpected"]["count"] == 1
