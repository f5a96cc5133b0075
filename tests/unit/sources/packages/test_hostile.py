"""Answers of indexes of which every part may be anything: read without a fault, and fit to be kept."""

import json
import threading
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from unit.sources.packages.answers import file, packument, simple

from agents.contract import Target, TargetKind
from agents.sources.look import Look
from agents.sources.packages import items
from agents.sources.packages.listing import Listing
from agents.sources.packages.named import package_of
from agents.sources.packages.npm import read_npm
from agents.sources.packages.pypi import read_pypi

TEXT = st.text(st.characters(exclude_categories=()), max_size=20) | st.sampled_from(["1.0", "2.0rc1", "0.0.1-security"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FILES = st.fixed_dictionaries({"filename": TEXT.map("lamp-{}.tar.gz".format) | ANYTHING}, optional=dict.fromkeys(
    [name for name in file("x") if name != "filename"], ANYTHING))  # fmt: skip


def check(location: str, listing: Listing) -> None:
    """Check that what was read becomes evidence that any database takes, each version once."""
    target = Target(kind=TargetKind.PACKAGE, location=location)
    look = Look(target=target, now=datetime(2026, 1, 1, tzinfo=UTC), stop=threading.Event())
    told = [items.version(one, package_of(target), look, latest=False) for one in listing.releases]
    assert len({one.id for one in told}) == len(told)
    assert listing.latest in {"", *(one.key for one in told)}
    for one in (*told, *map(items.tag, told), items.dependency(package_of(target), look, version=listing.latest)):
        assert json.loads(json.dumps(one.model_dump(mode="json"), allow_nan=False).encode("utf-8"))
        assert one.key.isprintable()
    for stray in listing.strays:
        assert look.quarantine("index", key=stray.key, reason=stray.reason, raw=stray.raw).model_dump_json()


@given(
    files=st.lists(FILES | ANYTHING, max_size=4),
    more=st.dictionaries(st.sampled_from(["versions", "meta", "project-status"]), ANYTHING),
)
def test_no_answer_of_a_python_index_breaks_the_reading(files: list[object], more: dict[str, object]) -> None:
    check("pypi/lamp", read_pypi(simple(*files) | more, name="lamp"))


@given(
    released=st.dictionaries(TEXT, ANYTHING, max_size=4),
    times=st.dictionaries(TEXT, ANYTHING, max_size=4),
    more=st.dictionaries(st.sampled_from(["versions", "time", "dist-tags", "_id"]), ANYTHING),
)
def test_no_answer_of_an_npm_registry_breaks_the_reading(
    released: dict[str, object], times: dict[str, object], more: dict[str, object]
) -> None:
    told = packument("1.0.0") | {"versions": released, "time": times} | more
    check("npm/@acme/lamp", read_npm(told, name="@acme/lamp"))
