"""Pages of outside services, kept in Postgres between looks."""

import threading

import pytest
from support.services import Heard, Said, service
from support.stages import Stage

from agents.sources.http.client import Http
from agents.sources.http.page import Kept
from agents.sources.http.site import Site
from orchestrator.store.direct import Direct
from orchestrator.store.pages import StoredPages

pytestmark = pytest.mark.services


def shelf(stage: Stage, *, tenant: str = "default") -> StoredPages:
    """Return a tenant's shelf."""
    return StoredPages(Direct(stage.engine), tenant=tenant)


def test_a_page_comes_back_as_it_was_kept_for_its_tenant_alone(stage: Stage) -> None:
    # Given a page with a body that is no text, and headers that no database takes as they are
    page = Kept('W/"1"', "Sun, 22 Nov 2026 01:00:00 GMT", headers={"link": "a\x00b"}, body=bytes(range(256)) * 100)
    shelf(stage).keep("k", page)
    # Then it comes back, and in no other tenant and under no other key
    assert shelf(stage).find("k") == Kept(page.etag, page.last_modified, {"link": "a\ufffdb"}, page.body)
    assert shelf(stage, tenant="other").find("k") is None
    assert shelf(stage).find("other") is None
    # And what is kept next takes its place, packed
    shelf(stage).keep("k", Kept('"2"', "", headers={}, body=b"x" * 100_000))
    found = shelf(stage).find("k")
    assert found is not None
    assert (found.etag, len(found.body)) == ('"2"', 100_000)
    assert stage.one("SELECT count(*) FROM pages") == 1
    assert int(str(stage.one("SELECT length(body) FROM pages"))) < 1_000


def test_a_page_that_is_asked_for_stays(stage: Stage) -> None:
    # Given two pages that nobody asked for in two days
    for key in "ab":
        shelf(stage).keep(key, Kept('"1"', "", headers={}, body=b""))
    with stage.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE pages SET used_at = now() - interval '2 days'")
    # When one of them is asked for, then that is noted
    shelf(stage).find("a")
    with stage.engine.connect() as conn:
        fresh = conn.exec_driver_sql("SELECT key FROM pages WHERE used_at > now() - interval '1 day'").scalars().all()
    assert fresh == ["a"]


def test_the_next_look_asks_only_whether_a_page_has_changed(stage: Stage) -> None:
    # Given a service that marks its pages
    def script(heard: Heard) -> Said:
        known = heard.headers.get("if-none-match") == '"v1"'
        return Said(304) if known else Said(body=b'["page"]', headers={"etag": '"v1"'})

    with service(script) as there:
        # When two looks ask for one, each with a client of its own
        pages = []
        for _ in range(2):
            with Http(stop=threading.Event(), sites=[Site("s", there.url)], shelf=shelf(stage)) as http:
                pages.append(http.get("s", "/"))
    # Then the second one was sent nothing, and has the same
    assert [page.json() for page in pages] == [["page"]] * 2
    assert [page.unchanged for page in pages] == [False, True]
