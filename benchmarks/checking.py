"""Findings held against what was planted: what was found, what is missing, and what nobody put there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.planted.expected import VULNERABLE, Expected

SHOWN = 20
_STATED = ("github.breaking_change", "github.deprecation")


@dataclass(frozen=True)
class Verdict:
    """What a comparison showed. ``wrong`` are found with another severity or way out than was planted."""

    expected: Mapping[str, int]
    found: Mapping[str, int]
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether something planted was not found as planted, or something was found where nothing is."""
        return bool(self.missing or self.wrong or self.unexpected)

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as a JSON value: figures by kind, and the first of what went wrong."""
        kinds = sorted({*self.expected, *self.found})
        return {
            "passed": not self.failed,
            "kinds": {
                kind: {"expected": self.expected.get(kind, 0), "found": self.found.get(kind, 0)} for kind in kinds
            },
            **{
                name: {"count": len(listed), "first": list(listed[:SHOWN])}
                for name, listed in (("missing", self.missing), ("wrong", self.wrong), ("unexpected", self.unexpected))
            },
        }


def compare(expected: Iterable[Expected], report: Mapping[str, Any]) -> Verdict:
    """Return how a report's findings stand to what was planted. ``report`` is a report's JSON."""
    planted = {_key(one.kind, one.target, one.about): one for one in expected}
    found = list(report["findings"])
    by_key = {key: finding for finding in found for key in keys_of(finding)}
    met = {id(by_key[key]) for key in planted if key in by_key}
    return Verdict(
        expected=Counter(one.kind for one in planted.values()),
        found=Counter(finding["kind"] for finding in found),
        missing=tuple(sorted(key for key in planted if key not in by_key)),
        wrong=tuple(
            sorted(
                f"{key}: {fault}"
                for key, one in planted.items()
                if key in by_key
                for fault in _faults(one, by_key[key])
            )
        ),
        unexpected=tuple(sorted(keys_of(finding)[0] for finding in found if id(finding) not in met)),
    )


def keys_of(finding: Mapping[str, Any]) -> list[str]:
    """Return the keys under which a finding may have been planted: a flaw goes by each of its ids."""
    kind, target, data = finding["kind"], finding["target_label"], finding["data"]
    if kind == VULNERABLE:
        return [_key(kind, target, f"{data['name']}/{name}") for name in data["ids"]]
    about = data["version"] if kind in _STATED else data.get("file", "")
    return [_key(kind, target, about)]


def _key(kind: str, target: str, about: str) -> str:
    return f"{kind} of {target}" + (f": {about}" if about else "")


def _faults(one: Expected, finding: Mapping[str, Any]) -> Iterable[str]:
    """Yield what is not as planted."""
    if one.severity and finding["severity"] != one.severity:
        yield f"is {finding['severity']}, planted as {one.severity}"
    ways = [step["to"] for step in finding["data"].get("fixed_in", ())]
    if one.kind == VULNERABLE and ways != [out for out in (one.fixed_in,) if out]:
        yield f"says to upgrade to {ways}, planted was {one.fixed_in or 'no way out'}"
