"""Agents are chosen by what they can do, on what, and by what they read."""

from collections.abc import Mapping

from agents.contract import AgentSpec, TargetKind
from orchestrator.planning.choosing import Pool, Refusal, Service, choose, serve

Specs = Mapping[str, AgentSpec]


def analyst(name: str, *, reads: set[str], can: str = "analyse:age", fallbacks: tuple[str, ...] = ()) -> AgentSpec:
    return AgentSpec(
        name=name,
        title=name,
        capabilities=frozenset({can}),
        target_kinds=frozenset({TargetKind.GIT, TargetKind.SBOM}),
        reads=frozenset(reads),
        fallbacks=fallbacks,
    )


def served(specs: Specs, *others: AgentSpec, advisories: bool = True, kind: TargetKind = TargetKind.GIT) -> Service:
    pool = Pool({**specs, **{spec.name: spec for spec in others}})
    answer = serve(pool, look="age", kind=kind, advisories=advisories)
    assert isinstance(answer, Service)
    return answer


def test_a_capability_is_done_by_whoever_has_it_on_that_kind_of_target(specs: Specs) -> None:
    # Given the catalogue
    pool = Pool(specs)
    # Then capability and kind decide, and nobody is nobody
    found = choose(pool, capability="collect:git", kind=TargetKind.GIT)
    assert found is not None
    assert found.agent.name == "data_manager"
    assert choose(pool, capability="analyse:health", kind=TargetKind.SBOM) is None
    assert choose(pool, capability="analyse:themes") is None


def test_an_excluded_agent_does_nothing(specs: Specs) -> None:
    pool = Pool(specs, frozenset({"github"}))
    assert [spec.name for spec in pool.agents] == ["data_manager", "reporting", "security"]
    assert choose(pool, capability="analyse:health", kind=TargetKind.GIT) is None


def test_whoever_finds_most_of_what_it_reads_is_the_first(specs: Specs) -> None:
    # Given two agents, of which one also reads what nobody collects
    dreamer = analyst("a_dreamer", reads={"commit", "tweet"})
    sober = analyst("sober", reads={"commit"})
    # Then the other does it, whatever their names
    answer = served(specs, dreamer, sober)
    assert (answer.analysis.agent.name, answer.analysis.fallbacks) == ("sober", ("a_dreamer",))


def test_reading_advisories_counts_only_where_there_are_some(specs: Specs) -> None:
    # Given one agent that compares with advisories, and one that does not
    comparing = analyst("comparing", reads={"dependency", "advisory"})
    plain = analyst("plain", reads={"dependency"})
    # Then the advisories decide between them
    assert served(specs, comparing, plain, advisories=True).analysis.agent.name == "comparing"
    assert served(specs, comparing, plain, advisories=False).analysis.agent.name == "plain"
    assert served(specs, comparing).reads_advisories
    assert not served(specs, plain).reads_advisories


def test_the_entry_s_own_fallbacks_go_first_and_strangers_to_the_capability_are_none(specs: Specs) -> None:
    # Given an agent that names who can stand in for it, one of them not able to
    first = analyst("aa", reads={"commit"}, fallbacks=("cc", "github", "nobody"))
    others = [analyst(name, reads={"commit"}) for name in ("bb", "cc")]
    # Then its own choice goes first, and only those that can are there
    assert served(specs, first, *others).analysis.fallbacks == ("cc", "bb")


def test_a_stand_in_must_find_something_among_what_is_collected(specs: Specs) -> None:
    # Given stand-ins that read the same, something else, and nothing
    first = analyst("aa", reads={"commit"})
    others = [
        analyst("bb", reads={"dependency"}),
        analyst("cc", reads={"tag"}),
        analyst("dd", reads=set()),
    ]
    # Then the one that would find nothing is none
    assert served(specs, first, *others).analysis.fallbacks == ("cc", "dd")


def test_what_is_read_decides_what_is_collected(specs: Specs) -> None:
    # Given agents that read of one source and of two
    both = served(specs, analyst("aa", reads={"commit", "dependency"}))
    # Then each source is collected that gives something, where the kind of target has it
    assert [choice.capability for choice in both.collections] == ["collect:git", "collect:dependencies"]
    lock = served(specs, analyst("aa", reads={"commit", "dependency"}), kind=TargetKind.SBOM)
    assert [choice.capability for choice in lock.collections] == ["collect:dependencies"]


def test_a_refusal_names_who_could_and_why_not(specs: Specs) -> None:
    # Given the catalogue without its collector
    few = {name: spec for name, spec in specs.items() if name != "data_manager"}
    # Then nobody can look at health, and it is said why
    assert serve(Pool(few), look="health", kind=TargetKind.GIT, advisories=True) == Refusal(
        "github could, but reads change_note, commit, tag, and no agent collects it"
    )
    assert serve(Pool(specs, frozenset({"github"})), look="health", kind=TargetKind.GIT, advisories=True) == Refusal(
        "github could, but the option 'without' leaves that out"
    )
