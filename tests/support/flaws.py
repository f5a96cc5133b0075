"""Evidence of our own for what looks at flaws: dependencies, advisories, releases, lists of exploited flaws."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from threading import Event

from pydantic import JsonValue

from agents.analysis.advisories.lookup import subjects_of
from agents.analysis.advisories.record import read_heading
from agents.contract import AgentReport, Coverage, Evidence, Target, TargetKind, Untrusted, Work
from agents.specialists.security import SecurityAgent

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TARGET = Target(kind=TargetKind.SBOM, location="/srv/lamp.lock")
FOLDER, KEV = "advisories:/srv/osv", "advisories:kev"


class Shelf:
    """Evidence in a list, read as the store reads it; ``read_kinds`` are the kinds that were asked for."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._evidence = list(evidence)
        self.read_kinds: list[str] = []

    def read(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Iterator[Evidence]:
        self.read_kinds += kinds
        yield from self._chosen(targets, kinds, about)

    def count(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Mapping[str, int]:
        return Counter(item.target for item in self._chosen(targets, kinds, about))

    def _chosen(self, targets: Sequence[str], kinds: Sequence[str], about: Sequence[str]) -> Iterator[Evidence]:
        for item in self._evidence:
            subject = not about or not set(about).isdisjoint(item.about)
            if (not targets or item.target in targets) and (not kinds or item.kind in kinds) and subject:
                yield item


def dependency(name: str, version: str = "", *, target: Target = TARGET, **more: JsonValue) -> Evidence:
    data: dict[str, JsonValue] = {"ecosystem": "PyPI", "name": name, "version": version, "pinned": bool(version)}
    data |= {"file": "lamp.lock", **more}
    key = f"{data['ecosystem']}/{name}@{version}#{data['file']}"
    return Evidence(target=target.id, source="manifest", kind="dependency", key=key, data=data)


def advisory(
    name: str,
    package: str = "lamp",
    *,
    fixed: str = "",
    listed: Sequence[str] = (),
    target: str = FOLDER,
    source: str = "osv",
    ecosystem: str = "PyPI",
    **more: JsonValue,
) -> Evidence:
    """Return an advisory: for the listed versions, else for all before the fixed one, else for all there are."""
    fixes: list[JsonValue] = [{"fixed": fixed}] if fixed else []
    ranges: list[JsonValue] = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, *fixes]}]
    affected: dict[str, JsonValue] = {
        "ecosystem": ecosystem,
        "name": package,
        "ranges": [] if listed else ranges,
        "versions": [*listed],
    }
    data: dict[str, JsonValue] = {"id": name, "affected": [affected], "published": "2026-02-01T00:00:00Z", **more}
    evidence = Evidence(target=target, source=source, kind="advisory", key=name, data=data)
    return evidence.model_copy(update={"about": subjects_of(read_heading(evidence))})


def release(
    version: str,
    package: str = "lamp",
    *,
    target: str = TARGET.id,
    ecosystem: str = "PyPI",
    at: datetime | None = None,
    **more: JsonValue,
) -> Evidence:
    data: dict[str, JsonValue] = {"package": package, "ecosystem": ecosystem, "version": version}
    data |= {"yanked": False, "yanked_reason": "", "deprecated": "", "prerelease": False, "latest": False, **more}
    about = (f"{ecosystem}/{package}",)
    return Evidence(target=target, source="index", kind="version", key=version, at=at, data=data, about=about)


def exploited(cve: str, *, target: str = KEV, ransomware: bool = False, **more: JsonValue) -> Evidence:
    data: dict[str, JsonValue] = {"cve": cve, "added": "2026-02-10", "due": "2026-03-03", "ransomware": ransomware}
    return Evidence(
        target=target,
        source="kev",
        kind="exploited",
        key=cve,
        at=datetime(2026, 2, 10, tzinfo=UTC),
        title=Untrusted(cve),
        data={**data, "name": "A flaw", "action": "Mend it", **more},
        about=(cve,),
    )


def work(
    evidence: Iterable[Evidence] | Shelf,
    *,
    sources: Sequence[str] = (FOLDER, KEV),
    said: Sequence[Coverage] = (),
    missing: Sequence[Coverage] = (),
    target: Target = TARGET,
    capability: str = "analyse:exposure",
) -> Work:
    return Work(
        run_id="r-1",
        step="security:lamp",
        trigger_kind="manual",
        capability=capability,
        target=target,
        sources=tuple(sources),
        now=NOW,
        reports=(AgentReport(agent="data_manager", coverage=tuple(said)),) if said else (),
        missing=tuple(missing),
        evidence=evidence if isinstance(evidence, Shelf) else Shelf(evidence),
        stop=Event(),
    )


def look(
    evidence: Iterable[Evidence] | Shelf,
    *,
    sources: Sequence[str] = (FOLDER, KEV),
    said: Sequence[Coverage] = (),
    missing: Sequence[Coverage] = (),
    target: Target = TARGET,
    capability: str = "analyse:exposure",
) -> AgentReport:
    """Return what the security agent says of the evidence."""
    given = work(evidence, sources=sources, said=said, missing=missing, target=target, capability=capability)
    return SecurityAgent().run(given)


def rows(report: AgentReport, source: str) -> list[Coverage]:
    """Return the report's rows of one source."""
    return [row for row in report.coverage if row.source == source]
