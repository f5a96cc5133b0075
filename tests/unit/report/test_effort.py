"""How far an action goes is told where its findings name an upgrade, by the longest of them."""

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from agents.contract import AgentReport, Finding, Work
from agents.report.assemble import assemble
from agents.report.bundle import Effort

MakeFinding = Callable[..., Finding]
MakeWork = Callable[..., Work]


def only_effort(make_work: MakeWork, *findings: Finding) -> Effort | None:
    bundle = assemble(make_work(AgentReport(agent="security", findings=findings)))
    (action,) = bundle.synthesis.actions
    assert set(bundle.efforts) <= {action.id}
    return bundle.efforts.get(action.id)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        ({"fixed_in": [{"from": "1.0", "to": "1.0.1", "distance": "patch"}]}, "small"),
        ({"upgrade": {"to": "1.1", "distance": "minor"}}, "medium"),
        ({"upgrade": {"distance": "patch"}, "fixed_in": [{"distance": "major"}, {"distance": "minor"}]}, "large"),
    ],
)
def test_the_longest_upgrade_tells_the_effort(
    data: dict[str, JsonValue], size: str, make_work: MakeWork, make_finding: MakeFinding
) -> None:
    effort = only_effort(make_work, make_finding(next_action="Upgrade it", data=data))
    assert effort is not None
    assert effort.size == size


def test_how_many_releases_on_is_said_where_it_is_known(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    steps: list[JsonValue] = [{"distance": "minor", "releases": 4}, {"distance": "minor", "releases": 1}]
    # When
    effort = only_effort(make_work, make_finding(next_action="Upgrade it", data={"fixed_in": steps}))
    # Then
    assert effort is not None
    assert effort.words == "a minor upgrade (4 releases on)"


def test_several_findings_with_one_action_count_together(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    far = make_finding(claim="a", next_action="Upgrade it", data={"fixed_in": [{"distance": "major"}]})
    near = make_finding(claim="b", next_action="Upgrade it", data={"fixed_in": [{"distance": "patch"}]})
    # When
    effort = only_effort(make_work, far, near)
    # Then
    assert effort is not None
    assert effort.size == "large"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"upgrade": "soon"},
        {"fixed_in": ["1.2"]},
        {"fixed_in": [{"distance": "far"}]},
        {"upgrade": {"distance": 3}},
        {"fixed_in": [{"distance": "patch"}], "malicious": True},
    ],
)
def test_where_no_upgrade_is_named_nothing_is_said(
    data: dict[str, JsonValue], make_work: MakeWork, make_finding: MakeFinding
) -> None:
    assert only_effort(make_work, make_finding(next_action="Replace it", data=data)) is None
