"""The facts that findings rest on: found where the run still holds them, with their provenance, under one id each.

Steps hand their evidence to the store, so a joining step reads it back from there. It reads no more than it must: known
flaws and versions by what they are about, the rest target by target, the worst findings' first, until all is found or
``ROWS`` were read. What is not found keeps the name that its finding gives it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from agents.analysis.advisories.lookup import KIND, subjects_of
from agents.analysis.advisories.record import Heading
from agents.contract import Evidence, Finding, Frozen, TargetKind, Work, stable_id
from agents.report.address import linkable
from agents.report.bundle import EvidenceNote
from agents.report.escape import plain

OF_FINDING = 50
"""So many pieces of evidence of one finding are named at most."""
OF_REPORT = 6_000
"""So many of all findings together, the worst findings' first."""
ROWS = 40_000
"""So many rows of stored evidence are read at most: about a second's worth."""
SUBJECTS = 200
"""So many subjects are asked for at once."""
SHELVES = frozenset({TargetKind.ADVISORIES, TargetKind.PACKAGE})
"""Kinds of target whose evidence is filed under what it is about."""

_ID = re.compile(r"ev-[0-9a-f]{24}")


class Cited(Frozen):
    """What one finding rests on: the facts that are named, and how many more there are."""

    notes: tuple[EvidenceNote, ...]
    left: int


class _Facts:
    """Facts by the names under which findings know them, their ids and natural keys, as far as they are wanted."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._found: dict[str, list[Evidence]] = {name: [] for name in wanted}

    def add(self, row: Evidence) -> None:
        """Keep the fact where a finding names it."""
        for name in {row.id, row.key} & self._found.keys():
            self._found[name].append(row)

    def find(self, name: str, *, target: str) -> Evidence | None:
        """Return the fact of that name, the target's own where several targets have one; None for an unknown name."""
        found = self._found.get(name, [])
        return next((row for row in found if row.target == target), found[0] if found else None)

    def lacks(self, name: str, *, target: str) -> bool:
        """Whether nothing was found so far that the target's findings can mean by the name.

        An id is the same everywhere, and an advisory is whoever's: another target's commit of that key is not meant.
        """
        found = self._found.get(name, [])
        return not any(row.id == name or row.kind == KIND or row.target == target for row in found)


def cite(work: Work, findings: Sequence[Finding]) -> tuple[Cited, ...]:
    """Return what each of the findings rests on, in their order."""
    named = _named(findings)
    facts = _Facts(name for names in named for name in names)
    for report in work.reports:
        for row in report.evidence:
            facts.add(row)
    for row in _stored(work, findings, named=named, facts=facts):
        facts.add(row)
    return tuple(
        Cited(
            notes=tuple(_note(name, facts.find(name, target=finding.target), target=finding.target) for name in names),
            left=len(dict.fromkeys(finding.evidence)) - len(names),
        )
        for finding, names in zip(findings, named, strict=True)
    )


def _named(findings: Iterable[Finding]) -> list[tuple[str, ...]]:
    """Return the names of evidence that the report holds, finding by finding."""
    room = OF_REPORT
    named = []
    for finding in findings:
        names = tuple(dict.fromkeys(finding.evidence))[: min(OF_FINDING, room)]
        room -= len(names)
        named.append(names)
    return named


def _note(name: str, row: Evidence | None, *, target: str) -> EvidenceNote:
    if row is None:
        return EvidenceNote(key=name, id=name if _ID.fullmatch(name) else stable_id("ref", target, name))
    return EvidenceNote(
        key=name,
        id=row.id,
        kind=row.kind,
        title=plain(row.title),
        at=row.at,
        source=row.source,
        target=row.target,
        natural=row.key,
        url=linkable(row.url),
    )


def _stored(
    work: Work, findings: Sequence[Finding], *, named: Sequence[Sequence[str]], facts: _Facts
) -> Iterator[Evidence]:
    """Yield stored evidence that may hold what is still wanted, so many rows in all."""
    if work.evidence is None:
        return
    pairs = list(zip(findings, named, strict=True))
    for subjects_of_finding in (_flaws, _packages):
        wanting = (one for one, names in pairs if any(facts.lacks(name, target=one.target) for name in names))
        subjects = dict.fromkeys(subject for finding in wanting for subject in subjects_of_finding(finding))
        yield from islice(_about(work, list(subjects)), ROWS // 4)
    yield from islice(_of_targets(work, findings, named=named, facts=facts), ROWS // 2)


def _about(work: Work, subjects: Sequence[str]) -> Iterator[Evidence]:
    """Yield what the run's shelves hold about the subjects, by the index of subjects."""
    shelves = [target.id for target in work.targets if target.kind in SHELVES]
    for start in range(0, len(subjects) if shelves else 0, SUBJECTS):
        yield from work.reader.read(targets=shelves, about=subjects[start : start + SUBJECTS])


def _flaws(finding: Finding) -> Iterator[str]:
    """Yield under what a finding's flaws are filed, in advisories and in lists of exploited ones."""
    ids = finding.data.get("ids")
    flaws = [name for name in (ids if isinstance(ids, list | tuple) else ()) if isinstance(name, str)]
    for name in dict.fromkeys([*flaws, *(name for name in finding.evidence if not _ID.fullmatch(name))]):
        yield from subjects_of(Heading(id=name, aliases=(), withdrawn=False, packages=frozenset()))
        yield name


def _packages(finding: Finding) -> Iterator[str]:
    """Yield under what the versions of a finding's package are filed."""
    ecosystem, name = (finding.data.get(key) for key in ("ecosystem", "name"))
    if isinstance(ecosystem, str) and isinstance(name, str):
        yield f"{ecosystem}/{name}"


def _of_targets(
    work: Work, findings: Sequence[Finding], *, named: Sequence[Sequence[str]], facts: _Facts
) -> Iterator[Evidence]:
    """Yield the evidence of each target whose findings want some, until they want none."""
    wanted: dict[str, list[str]] = {}
    for finding, names in zip(findings, named, strict=True):
        wanted.setdefault(finding.target, []).extend(names)
    for target, names in wanted.items():
        lacking = [name for name in names if facts.lacks(name, target=target)]
        if not lacking:
            continue
        for row in work.reader.read(targets=[target]):
            yield row  # whoever takes it has added it to the facts when the next line is reached
            if row.id in lacking or row.key in lacking:
                lacking = [name for name in lacking if facts.lacks(name, target=target)]
                if not lacking:
                    break
