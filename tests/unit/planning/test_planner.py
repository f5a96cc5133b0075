"""What stands in a plan beside its shape, and what is refused."""

from collections.abc import Mapping

import pytest
from pydantic import JsonValue

from agents.contract import AgentSpec, Target, TargetKind, Untrusted
from orchestrator.domain.plans import LeftOut, Plan, Resources, levels
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.errors import PlanningError
from orchestrator.planning.checking import check_plan
from orchestrator.planning.outlines import outline
from orchestrator.planning.planner import DEFAULT_DEADLINE_SECONDS, make_plan

Specs = Mapping[str, AgentSpec]
Options = Mapping[str, JsonValue]


def git(name: str, *, look: tuple[str, ...] = ()) -> Target:
    return Target(kind=TargetKind.GIT, location=f"/srv/{name}", look=look)


def sbom(name: str, *, look: tuple[str, ...] = ()) -> Target:
    return Target(kind=TargetKind.SBOM, location=f"/srv/{name}", look=look)


def advisories(name: str) -> Target:
    return Target(kind=TargetKind.ADVISORIES, location=f"/srv/{name}")


def look_at(
    *targets: Target, kind: TriggerKind = TriggerKind.MONITOR, text: str = "", options: Options | None = None
) -> Trigger:
    return Trigger(kind=kind, targets=targets, options=options or {}, subject="x", text=Untrusted(text))


def test_a_step_needs_its_own_collection_and_reads_every_folder_of_advisories(specs: Specs) -> None:
    # Given a clone and two folders of advisories
    plan = make_plan(look_at(git("flask"), advisories("osv"), advisories("own")), specs=specs)
    # When its steps are looked at
    steps = {step.capability: step for step in plan.steps}
    # Then health needs the history, exposure the dependencies; the advisories may fail without stopping either
    assert steps["analyse:health"].needs == (steps["collect:git"].name,)
    assert steps["analyse:exposure"].needs == (steps["collect:dependencies"].name,)
    assert steps["analyse:exposure"].sources == ("advisories:/srv/osv", "advisories:/srv/own")
    assert steps["analyse:health"].sources == ()
    # And the report joins all: it needs nothing, comes last, and the run fails without it
    assert steps["report"].needs == ()
    assert plan.steps[-1] == steps["report"]
    assert [step.required for step in plan.steps] == [False] * 6 + [True]


def test_the_phases_that_people_see_are_the_plan_s_levels(specs: Specs) -> None:
    # Given a plan of a clone, a lock file and advisories
    plan = make_plan(look_at(git("flask"), sbom("lock"), advisories("osv")), specs=specs)
    # When its levels are taken
    phases = [sorted({step.capability for step in level}) for level in levels(plan.shape)]
    # Then what can run in parallel does
    assert phases == [
        ["collect:advisories", "collect:git"],
        ["analyse:health", "collect:dependencies"],
        ["analyse:exposure"],
        ["report"],
    ]


def test_resources_are_the_widest_place_the_largest_step_and_the_longest_path(specs: Specs) -> None:
    # Given two clones and one folder of advisories
    plan = make_plan(look_at(git("a"), git("b"), advisories("osv")), specs=specs)
    # Then at most two histories and two exposures run at once, and the path of the exposures is the longest
    assert plan.resources == Resources(slots=4, memory_mb=150, seconds=600 + 600 + 200 + 100)


@pytest.mark.parametrize(
    ("own", "options", "expected"),
    [
        (90.0, {"deadline": "2m"}, 90.0),
        (None, {"deadline": "2m"}, 120.0),
        (None, {"deadline": 7}, 7.0),
        (None, {}, 45.0),
    ],
)
def test_the_deadline_is_the_trigger_s_then_the_option_s_then_the_setting_s(
    specs: Specs, own: float | None, options: Options, expected: float
) -> None:
    # Given a trigger that may have a deadline, and options that may
    trigger = look_at(git("a"), options=options).model_copy(update={"deadline_seconds": own})
    # When it is planned with a setting of 45 seconds
    plan = make_plan(trigger, specs=specs, deadline_seconds=45.0)
    # Then the nearest word counts
    assert plan.deadline_seconds == expected


def test_without_any_word_a_run_has_an_hour(specs: Specs) -> None:
    assert make_plan(look_at(git("a")), specs=specs).deadline_seconds == DEFAULT_DEADLINE_SECONDS == 3_600


def test_priority_comes_with_its_reason(specs: Specs) -> None:
    # Given an option that asks for a priority
    plan = make_plan(look_at(git("a"), options={"priority": "low"}), specs=specs)
    # Then the plan has it, and says why
    assert (plan.priority, plan.priority_reason) == (Priority.LOW, "asked for by the caller")


def test_the_option_look_takes_from_what_each_target_is_watched_for(specs: Specs) -> None:
    # Given a clone that is watched for health alone, and one for all
    trigger = look_at(git("a", look=("health",)), git("b"), advisories("osv"), options={"look": ["exposure"]})
    # When only exposure is wanted
    plan = make_plan(trigger, specs=specs)
    # Then the first is not looked at, nor listed among the run's targets
    assert outline(plan.shape) == (
        "data_manager.collect:advisories/osv > data_manager.collect:dependencies/b"
        " > security.analyse:exposure/b > reporting.report"
    )
    assert [target.label for target in plan.targets] == ["b", "osv"]
    assert plan.options == {"look": ["exposure"]}


def test_advisories_that_nobody_reads_are_not_collected_when_other_looks_are_wanted(specs: Specs) -> None:
    # Given a watchlist with advisories
    # When only health is wanted
    plan = make_plan(look_at(git("a"), advisories("osv"), options={"look": ["health"]}), specs=specs)
    # Then the advisories stay unread
    assert outline(plan.shape) == "data_manager.collect:git/a > github.analyse:health/a > reporting.report"


def test_left_out_agents_come_with_the_reason(specs: Specs) -> None:
    # Given a lock file that is looked at alone, without advisories
    plan = make_plan(look_at(sbom("lock")), specs=specs)
    # Then the agent for histories is left out, and it is said why
    assert plan.left_out == (LeftOut(agent="github", why="there is no target of kind git"),)


def test_an_agent_whose_look_nobody_asks_for_is_left_out_in_words(specs: Specs) -> None:
    plan = make_plan(look_at(git("a", look=("health",)), advisories("osv")), specs=specs)
    assert plan.left_out == (LeftOut(agent="security", why="no target of kind git or sbom is looked at for exposure"),)


def test_a_look_that_nobody_can_do_is_said_with_what_the_agents_can_do(specs: Specs) -> None:
    # Given five clones that shall be looked at for sentiment
    targets = [git(name, look=("health", "sentiment")) for name in "abcde"]
    # When they are planned
    plan = make_plan(look_at(*targets), specs=specs)
    # Then the rest is done, and one sentence says what is not
    (sentence,) = plan.unserved
    assert sentence == (
        "sentiment of git:/srv/a, git:/srv/b, git:/srv/c and 2 more: no agent in the catalogue can do it; "
        "agents: data_manager (collect:advisories, collect:dependencies, collect:git), github (analyse:health), "
        "security (analyse:exposure), reporting (report)"
    )
    assert len(plan.steps) == 11


def test_a_look_that_fits_another_kind_of_target_is_said_to_do_so(specs: Specs) -> None:
    plan = make_plan(look_at(sbom("lock", look=("health", "exposure"))), specs=specs)
    assert plan.unserved[0].startswith(
        "health of sbom:/srv/lock: no agent can do it for a target of kind sbom (github: git only); agents: "
    )


def test_an_analysis_whose_evidence_nobody_collects_is_said_not_guessed(specs: Specs) -> None:
    # Given a catalogue whose collector reads advisories alone
    collector = specs["data_manager"].model_copy(update={"capabilities": frozenset({"collect:advisories"})})
    few = {**specs, "data_manager": collector}
    # When a clone and advisories are planned
    plan = make_plan(look_at(git("a"), advisories("osv")), specs=few)
    # Then both analyses are missing, each with its reason
    assert outline(plan.shape) == "data_manager.collect:advisories/osv > reporting.report"
    assert [sentence.split(";")[0] for sentence in plan.unserved] == [
        "health of git:/srv/a: github could, but reads change_note, commit, tag, and no agent collects it",
        "exposure of git:/srv/a: security could, but reads advisory, dependency, and no agent collects it",
    ]


def test_advisories_that_nobody_can_read_are_said_and_the_exposure_still_looked_at(specs: Specs) -> None:
    # Given a catalogue whose collector cannot read advisories
    able = frozenset({"collect:git", "collect:dependencies"})
    few = {**specs, "data_manager": specs["data_manager"].model_copy(update={"capabilities": able})}
    # When an advisory is planned
    plan = make_plan(look_at(sbom("lock"), advisories("osv"), kind=TriggerKind.ADVISORY), specs=few)
    # Then the plan goes on, and says it
    assert outline(plan.shape).startswith("data_manager.collect:dependencies/lock > security.analyse:exposure/lock")
    assert plan.unserved[0].startswith("the reading of advisories:/srv/osv: no agent in the catalogue can do it")


def test_a_catalogue_without_a_reporter_gives_a_plan_that_says_so(specs: Specs) -> None:
    few = {name: spec for name, spec in specs.items() if name != "reporting"}
    plan = make_plan(look_at(git("a", look=("health",))), specs=few)
    assert outline(plan.shape) == "data_manager.collect:git/a > github.analyse:health/a"
    assert plan.unserved[0].startswith("a report: no agent in the catalogue can do it; agents: data_manager")


def test_a_new_agent_brings_its_own_look(specs: Specs) -> None:
    # Given an agent of the user's own that reads commits and dependencies of clones
    own = AgentSpec(
        name="licences",
        title="Licences",
        capabilities=frozenset({"analyse:licence"}),
        target_kinds=frozenset({TargetKind.GIT}),
        reads=frozenset({"commit", "dependency"}),
    )
    # When a clone is looked at in all three ways
    looks = ("health", "licence", "exposure")
    plan = make_plan(look_at(git("a", look=looks), advisories("osv")), specs={**specs, "licences": own})
    # Then nothing is collected twice: what shares a collection stands in one branch
    assert outline(plan.shape) == (
        "data_manager.collect:advisories/osv"
        " > (data_manager.collect:git/a | data_manager.collect:dependencies/a)"
        " > (github.analyse:health/a | licences.analyse:licence/a | security.analyse:exposure/a) > reporting.report"
    )
    assert check_plan(plan, specs={**specs, "licences": own}) == ()


def test_an_agent_that_reads_nothing_needs_no_collection(specs: Specs) -> None:
    own = AgentSpec(
        name="size",
        title="Size",
        capabilities=frozenset({"analyse:size"}),
        target_kinds=frozenset({TargetKind.SBOM}),
    )
    plan = make_plan(look_at(sbom("lock", look=("size",))), specs={**specs, "size": own})
    assert outline(plan.shape) == "size.analyse:size/lock > reporting.report"
    assert ("data_manager", "nothing here asks for") in [(each.agent, each.why[:21]) for each in plan.left_out]


def test_a_request_that_names_nothing_we_know_looks_at_all_that_the_targets_allow(specs: Specs) -> None:
    plan = make_plan(look_at(git("a"), sbom("lock"), kind=TriggerKind.REQUEST, text="How is it going?"), specs=specs)
    assert {step.capability for step in plan.steps if step.capability.startswith("analyse")} == {
        "analyse:health",
        "analyse:exposure",
    }


def test_of_two_targets_whose_names_begin_alike_the_longer_name_is_meant(specs: Specs) -> None:
    # Given two clones, the name of one beginning the other's
    trigger = look_at(
        git("flask"), git("flask-login"), kind=TriggerKind.REQUEST, text="Is Flask-Login still maintained?"
    )
    # When a question names the longer one
    plan = make_plan(trigger, specs=specs)
    # Then the run is about that one alone
    assert [target.label for target in plan.targets] == ["flask-login"]


def test_a_request_to_do_what_only_people_can_says_so(specs: Specs) -> None:
    # Given a wish that no agent can fulfil, beside one that an agent can
    trigger = look_at(git("a"), kind=TriggerKind.REQUEST, text="Fix the vulnerability in the parser")
    # When it is planned
    plan = make_plan(trigger, specs=specs)
    # Then the exposure is looked at, and the fix is said to be nobody's
    assert outline(plan.shape).startswith("data_manager.collect:dependencies/a > security.analyse:exposure/a")
    assert plan.unserved[0].startswith("fix of git:/srv/a: no agent in the catalogue can do it")
    assert plan.priority is Priority.CRITICAL


def test_a_request_for_health_of_lock_files_alone_cannot_be_done_and_says_why(specs: Specs) -> None:
    with pytest.raises(PlanningError, match=r"health of sbom:/srv/lock: no agent can do it for a target of kind sbom"):
        make_plan(look_at(sbom("lock"), kind=TriggerKind.REQUEST, text="is it healthy?"), specs=specs)


def test_two_agents_for_one_look_make_a_first_and_a_fallback(specs: Specs) -> None:
    # Given a second agent for health that can do more beside
    second = specs["github"].model_copy(
        update={"name": "archivist", "capabilities": frozenset({"analyse:health", "analyse:age"})}
    )
    # When a clone is planned
    plan = make_plan(look_at(git("a", look=("health",))), specs={**specs, "archivist": second})
    # Then the more special one does it, the other stands behind it and is said to
    health = next(step for step in plan.steps if step.capability == "analyse:health")
    assert (health.agent, health.fallbacks) == ("github", ("archivist",))
    assert plan.left_out[-1] == LeftOut(
        agent="archivist", why="github does the same; it takes over where that fails for good"
    )


def test_a_second_reporter_stands_behind_the_first(specs: Specs) -> None:
    second = specs["reporting"].model_copy(update={"name": "minutes"})
    plan = make_plan(look_at(git("a")), specs={**specs, "minutes": second})
    assert (plan.steps[-1].agent, plan.steps[-1].fallbacks) == ("minutes", ("reporting",))


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        (look_at(), "targets: none are given; give at least one"),
        (look_at(git("a"), git("a", look=("health",))), "targets: 'git:/srv/a' is given twice; give it once"),
        (look_at(git("a"), options={"lok": ["health"]}), "options.lok: is no option; did you mean 'look'\\?; known: "),
        (look_at(git("a"), options={"look": ["helth"]}), "options.look: 'helth' is no look; did you mean 'health'\\?"),
        (
            look_at(git("a"), options={"without": ["githbu"]}),
            "options.without: 'githbu' is no agent; did you mean 'github'\\?",
        ),
        (look_at(git("a"), options={"without": ["reporting"]}), "options.without: the report cannot be left out"),
        (
            look_at(git("a", look=("mood",))),
            "nothing of this trigger can be done: mood of git:/srv/a: no agent in [^;]*; agents: [^;]*$",
        ),
        (
            look_at(git("a", look=("exposure",)), kind=TriggerKind.RELEASE),
            "nothing of this trigger can be done: no target here is looked at for what is asked; agents: data_manager",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_with_field_value_and_remedy(
    trigger: Trigger, message: str, specs: Specs
) -> None:
    with pytest.raises(PlanningError, match=message):
        make_plan(trigger, specs=specs)


def test_an_empty_catalogue_is_said(specs: Specs) -> None:
    with pytest.raises(PlanningError, match="agents: none"):
        make_plan(look_at(git("a")), specs={})


def test_the_same_trigger_gives_the_same_plan_whatever_the_catalogue_s_order(specs: Specs) -> None:
    # Given a trigger, and the catalogue in another order
    trigger = look_at(git("a"), sbom("lock"), advisories("osv"))
    turned = dict(reversed(list(specs.items())))
    # When it is planned with either
    # Then the shape and the names are the same
    assert make_plan(trigger, specs=specs).shape == make_plan(trigger, specs=turned).shape


def test_targets_of_one_name_get_steps_of_different_names(specs: Specs) -> None:
    # Given clones of the same name in different places
    targets = [Target(kind=TargetKind.GIT, location=f"/srv/{owner}/app") for owner in "abcdef"]
    # When they are planned
    plan = make_plan(look_at(*targets), specs=specs)
    # Then no two steps have the same name, and each begins with what people call it
    names = [step.name for step in plan.steps]
    assert len(set(names)) == len(names)
    assert all("/app-" in name for name in names[:-1])


def test_ten_thousand_targets_make_one_plan_that_can_be_stored_and_read(specs: Specs) -> None:
    # Given a watchlist of ten thousand clones
    trigger = look_at(*(git(f"r{number}") for number in range(10_000)), advisories("osv"))
    # When it is planned, written and read
    plan = make_plan(trigger, specs=specs)
    again = Plan.model_validate_json(plan.model_dump_json())
    # Then nothing is lost, and the shape is no deeper than for three
    assert len(plan.steps) == 40_002
    assert again == plan
    assert len(levels(plan.shape)) == 4
    assert check_plan(plan, specs=specs) == ()
