"""Names of steps are readable, unique and stable."""

from hypothesis import given
from hypothesis import strategies as st

from agents.contract import Target, TargetKind
from orchestrator.planning.naming import slugs, step_name


def git(location: str, *, name: str = "") -> Target:
    return Target(kind=TargetKind.GIT, location=location, name=name)


def test_a_name_begins_with_what_people_call_the_target() -> None:
    # Given a target
    found = slugs([git("/srv/Flask App", name="Flask (web)")])
    # Then its name is plain, and the same each time
    assert found == slugs([git("/srv/Flask App", name="Flask (web)")])
    (slug,) = found.values()
    assert slug.startswith("flask-web-")
    assert step_name("collect:git", slug) == f"collect:git/{slug}"
    assert step_name("report") == "report"


def test_a_target_whose_label_has_no_plain_letter_is_called_after_its_kind() -> None:
    (slug,) = slugs([git("/srv/ß", name="日本")]).values()
    assert slug.startswith("git-")


def test_where_hashes_meet_both_names_carry_more_of_them() -> None:
    # Given many targets of one label, more than six digits tell apart
    targets = [git(f"/srv/{number}/app") for number in range(9_000)]
    # Then all names differ, and some are longer than the usual ones
    names = list(slugs(targets).values())
    assert len(set(names)) == len(targets)
    assert {len(name) for name in names} == {len("app-") + 6, len("app-") + 32}
    assert step_name("x", names[0]).startswith("x/app-")


@given(st.lists(st.builds(git, st.text(min_size=1), name=st.text()), unique_by=lambda target: target.id))
def test_names_are_plain_and_unique_whatever_the_targets_are_called(targets: list[Target]) -> None:
    found = slugs(targets)
    assert len(set(found.values())) == len(targets)
    assert all(name.isascii() and name.isprintable() and "/" not in name and len(name) <= 80 for name in found.values())
