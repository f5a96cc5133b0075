"""Looking advisories up: few are read, and what they say is the same as if all had been."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.analysis.advisories import Package, index_advisories
from agents.analysis.advisories.lookup import LONGEST, AdvisoryShelf, subjects_of
from agents.analysis.advisories.record import read_heading
from agents.contract import Evidence

FOLDER, OTHER = "advisories:/db", "advisories:/other"
LAMP, CANDLE = Package.of("PyPI", "lamp"), Package.of("npm", "candle")


class Cabinet:
    """Evidence in a list that notes what was read of it."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._evidence = list(evidence)
        self.given: list[str] = []

    def read(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Iterator[Evidence]:
        for item in self._chosen(targets, kinds, about):
            self.given.append(item.key)
            yield item

    def count(
        self, *, targets: Sequence[str] = (), kinds: Sequence[str] = (), about: Sequence[str] = ()
    ) -> Mapping[str, int]:
        return Counter(item.target for item in self._chosen(targets, kinds, about))

    def _chosen(self, targets: Sequence[str], kinds: Sequence[str], about: Sequence[str]) -> list[Evidence]:
        return [
            item
            for item in self._evidence
            if item.target in targets and item.kind in kinds and (not about or not set(about).isdisjoint(item.about))
        ]


def advisory(
    name: str, *packages: Package, aliases: Iterable[str] = (), target: str = FOLDER, withdrawn: str = ""
) -> Evidence:
    affected: list[JsonValue] = [{"ecosystem": package.ecosystem, "name": package.name} for package in packages]
    data: dict[str, JsonValue] = {"id": name, "affected": affected, "aliases": [*aliases], "withdrawn": withdrawn}
    evidence = Evidence(target=target, source="osv", kind="advisory", key=name, data=data)
    return evidence.model_copy(update={"about": subjects_of(read_heading(evidence))})


def test_only_what_is_about_the_packages_or_shares_an_id_with_that_is_read() -> None:
    # Given a flaw of the lamp whose names are known through two others, and advisories about other things
    cabinet = Cabinet(
        [
            advisory("A-1", LAMP, aliases=["B-2"]),
            advisory("B-2", CANDLE, aliases=["CVE-3"], target=OTHER),
            advisory("CVE-3"),
            advisory("C-4", CANDLE),
            advisory("D-5", LAMP, target="advisories:/not-ours"),
        ]
    )

    # When what is related to the lamp is asked for
    related = list(AdvisoryShelf(cabinet, sources=[FOLDER, OTHER, FOLDER]).related([LAMP]))

    # Then it is that, each once, and nothing else was even read
    assert [item.key for item in related] == ["A-1", "B-2", "CVE-3"]
    assert set(cabinet.given) == {"A-1", "B-2", "CVE-3"}


def test_what_is_withdrawn_counts_and_is_never_read() -> None:
    # Given
    cabinet = Cabinet([advisory("A-1", LAMP, withdrawn="2024-01-01"), advisory("A-2", CANDLE)])
    shelf = AdvisoryShelf(cabinet, sources=[FOLDER])

    # When
    related = list(shelf.related([LAMP]))

    # Then
    assert related == []
    assert shelf.counts() == {FOLDER: 2}
    assert shelf.covered(["pypi", "npm"]) == {"npm"}


def test_without_any_folder_nothing_is_asked() -> None:
    # Given
    cabinet = Cabinet([advisory("A-1", LAMP)])
    shelf = AdvisoryShelf(cabinet, sources=[])

    # When
    answers = (list(shelf.related([LAMP])), shelf.counts(), shelf.covered(["pypi"]))

    # Then
    assert answers == ([], {}, frozenset())
    assert cabinet.given == []


def test_names_too_long_for_an_index_are_filed_by_their_hash_and_found_all_the_same() -> None:
    # Given
    long = Package.of("PyPI", "x" * (LONGEST * 4))
    known = advisory("A-1", long)

    # When
    related = list(AdvisoryShelf(Cabinet([known]), sources=[FOLDER]).related([long]))

    # Then
    assert related == [known]
    assert max(len(subject) for subject in known.about) <= LONGEST + len("ecosystem:")


NAMES = st.sampled_from([f"ID-{number}" for number in range(8)])
PACKAGES = st.sampled_from([Package.of("PyPI", name) for name in ("lamp", "candle", "torch", "moon")])
ADVISORIES = st.builds(
    lambda name, packages, aliases, gone: advisory(name, *packages, aliases=aliases, withdrawn=gone),
    NAMES,
    st.lists(PACKAGES, max_size=2),
    st.lists(NAMES, max_size=2),
    st.sampled_from(["", "", "2024-01-01"]),
)


@settings(deadline=None)
@given(evidence=st.lists(ADVISORIES, max_size=10, unique_by=lambda one: one.key), wanted=st.sets(PACKAGES, max_size=2))
def test_what_is_looked_up_says_the_same_as_everything_would(evidence: list[Evidence], wanted: set[Package]) -> None:
    # Given
    shelf = AdvisoryShelf(Cabinet(evidence), sources=[FOLDER])

    # When
    looked_up = index_advisories(shelf.related(wanted), wanted=wanted)
    whole = index_advisories(evidence, wanted=wanted)

    # Then
    assert looked_up.by_package == whole.by_package
    assert looked_up.groups.items() <= whole.groups.items()
    assert {advisory.id for found in whole.by_package.values() for advisory in found} <= looked_up.groups.keys()
