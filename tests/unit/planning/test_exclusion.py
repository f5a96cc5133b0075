"""Which steps exclude each other."""

from orchestrator.domain.plans import Step
from orchestrator.planning.exclusion import exclusive_key


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
