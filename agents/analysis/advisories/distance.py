"""How far one version is from another: which of its first numbers changes."""

import re

NUMBERS = re.compile(r"[0-9]+")
EPOCH = re.compile(r"([0-9]+)[:!]")
PARTS = ("major", "minor", "patch")


def distance(current: str, version: str) -> str:
    """Return which of the first numbers changes: another epoch is ``major``, nothing before the fourth ``patch``."""
    if epoch(current) != epoch(version):
        return "major"
    old, new = numbers(current), numbers(version)
    return next((part for part, a, b in zip(PARTS, old, new, strict=True) if a != b), "patch")


def epoch(version: str) -> str:
    """Return the epoch of a Debian, rpm or PEP 440 version; ``0`` where it has none."""
    match = EPOCH.match(version)
    return match[1].lstrip("0") or "0" if match else "0"


def numbers(version: str) -> tuple[str, str, str]:
    """Return the first three numbers after the epoch, without leading zeros; missing ones are zero."""
    found = [digits.lstrip("0") for digits in NUMBERS.findall(EPOCH.sub("", version, count=1))]
    major, minor, patch = (*found, "", "", "")[:3]
    return major, minor, patch
