"""Which steps exclude each other."""

from hashlib import sha256

from orchestrator.domain.exclusion import exclusive_key
from orchestrator.domain.plans import Step


def _step(capability: str, target: str = "git:/a") -> Step:
    return Step(name="s", agent="data_manager", capability=capability, target=target)


def test_the_same_collection_of_one_target_is_done_once_at_a_time() -> None:
    # Given the same collection of a target in two runs, another collection of it, and one of another target
    same = exclusive_key(_step("collect:git"), tenant="t")
    # Then only the first two share a key, and another tenant's has one of its own
    assert same == exclusive_key(_step("collect:git"), tenant="t")
    others = [
        exclusive_key(_step("collect:dependencies"), tenant="t"),
        exclusive_key(_step("collect:git", "git:/b"), tenant="t"),
        exclusive_key(_step("collect:git"), tenant="u"),
    ]
    assert len({same, *others}) == 4
    assert None not in others


def test_what_only_reads_evidence_excludes_nobody() -> None:
    # Given an analysis, and a step without a target, then neither has a key
    assert exclusive_key(_step("analyse:health"), tenant="t") is None
    assert exclusive_key(_step("collect:git", ""), tenant="t") is None


def test_a_long_place_has_a_short_key_of_its_own() -> None:
    # Given two places longer than an index entry may be, which differ at their ends
    keys = [exclusive_key(_step("collect:git", f"git:/{'x' * 4_000}{end}"), tenant="t") for end in "ab"]
    # Then their keys are short and differ
    assert keys[0] != keys[1]
    assert all(key and len(key) < 200 for key in keys)


def test_a_key_is_told_in_full_up_to_what_an_index_entry_holds() -> None:
    # Given places whose keys are of two hundred characters, and of one more
    begin, end = "collect:git git:/", " t"
    places = ["x" * (length - len(begin) - len(end)) for length in (200, 201)]
    # When their keys are made, then the first is told in full, the second by its beginning and a hash of the whole
    whole, cut = (exclusive_key(_step("collect:git", f"git:/{place}"), tenant="t") for place in places)
    assert whole == f"{begin}{places[0]}{end}"
    full = f"{begin}{places[1]}{end}"
    assert cut == f"{full[:80]}~{sha256(full.encode()).hexdigest()}"


def test_a_long_place_whose_name_is_no_text_has_a_key_too() -> None:
    # Given a path with a byte that is no character, as Python reads it
    key = exclusive_key(_step("collect:git", "git:/" + "x" * 200 + "\udcff"), tenant="t")
    # Then it has a key, which can be written down
    assert key is not None
    assert key.encode()
