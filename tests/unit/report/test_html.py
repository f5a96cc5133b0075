"""The page: self-contained, without script, under a policy that forbids both, readable where colour is no help."""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.contract import (
    AgentReport,
    Coverage,
    CoverageState,
    Evidence,
    Finding,
    Severity,
    Target,
    TargetKind,
    Untrusted,
    Work,
)
from agents.report import palette
from agents.report.address import linkable
from agents.report.assemble import assemble
from agents.report.html import as_html
from agents.report.views import anchor, page_view
from agents.report.wording import STATES

MakeFinding = Callable[..., Finding]
MakeWork = Callable[..., Work]
FLASK = "git:/clones/flask"
ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><svg onload=alert(1)>",
    "https://evil.example/<script>", "https://a@evil.example/", "data:text/html,<script>alert(1)</script>",
    "<!--", "]]>", "{{ 7*7 }}", "{% include '/etc/passwd' %}",
    "javascript:alert(1)",
    "<iframe srcdoc='<script>1</script>'></iframe>",
    "\x1b[2J\x1b]8;;http://evil\x07", "\u202egnp.exe", "\x00<b>",
    "&lt;script&gt;", "<a href=http://evil.example/>x</a>", "<meta http-equiv=refresh content=0;url=http://evil>",
)  # fmt: skip


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, the text, and that everything is closed."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr", "base"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


def page_of(work: Work) -> Page:
    return Page(as_html(assemble(work)))


def assert_inert(page: Page) -> None:
    """Assert that nothing on the page can run, load, or leave it."""
    assert page.open == []
    assert not {tag for tag, _ in page.elements} & {
        "script",
        "iframe",
        "object",
        "embed",
        "img",
        "link",
        "base",
        "form",
    }
    for tag, attributes in page.elements:
        assert not [
            name for name in attributes if name.startswith("on") or name in {"style", "src", "srcset", "action"}
        ]
        assert_leads_nowhere_bad(tag, attributes)


def assert_leads_nowhere_bad(tag: str, attributes: dict[str, str]) -> None:
    """Assert that a link leads to a place on the page, or is a page of evidence that is told as such and safe."""
    href = attributes.get("href", "#")
    if attributes.get("class") == "out":
        assert (tag, attributes["rel"]) == ("a", "noopener noreferrer nofollow")
        assert linkable(href) == href != ""
    else:
        assert href.startswith("#"), (tag, attributes)


def test_the_page_loads_nothing_and_runs_nothing(whole_work: Work) -> None:
    text = as_html(assemble(whole_work))
    assert_inert(Page(text))
    assert not re.search(r"@import|https?://|url\((?!#)", text)


def test_its_policy_allows_its_own_style_and_nothing_else(whole_work: Work) -> None:
    # Given
    text = as_html(assemble(whole_work))
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    # When
    digest = b64encode(sha256(style.group(1).encode()).digest()).decode()
    policy = next(attributes["content"] for tag, attributes in Page(text).elements if "http-equiv" in attributes)
    # Then
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert text.count("<style") == 1


def test_the_first_screen_answers_the_four_questions_in_order(whole_work: Work) -> None:
    text = page_of(whole_work).text
    answers = ["What changed", "How bad", "How sure", "What to do next", "Findings 2"]
    assert [text.index(answer) for answer in answers] == sorted(text.index(answer) for answer in answers)
    assert "Act soon" in text
    assert "Upgrade urllib3 to 1.26.18" in text


def test_every_link_leads_to_a_place_on_the_page_and_every_id_is_one(whole_work: Work) -> None:
    # Given
    bundle = assemble(whole_work)
    page = Page(as_html(bundle))
    # When
    links = {attributes["href"].removeprefix("#") for tag, attributes in page.elements if "href" in attributes}
    # Then
    assert len(page.ids) == len(set(page.ids))
    assert links <= set(page.ids)
    assert {finding.id for finding in bundle.findings} <= links
    assert {anchor(target.id) for target in bundle.targets} <= links


def test_a_finding_says_what_since_when_evidence_how_sure_next_and_its_id_last(whole_work: Work) -> None:
    # Given
    text = as_html(assemble(whole_work))
    card = re.search(r'<article class="finding sev-high".*?</article>', text, re.DOTALL)
    assert card
    # When
    shown = Page(card.group()).text
    # Then
    parts = [
        "urllib3 1.26.4 leaks",
        "20 Nov 2026",
        "90%",
        "In use: 1.26.4.",
        "Next",
        "PYSEC-1",
        "Leak on redirect",
        "f-",
    ]
    assert [shown.index(part) for part in parts] == sorted(shown.index(part) for part in parts)


def test_all_five_answers_of_coverage_are_told_apart_by_word_and_sign(whole_work: Work) -> None:
    text = as_html(assemble(whole_work))
    table = text[text.index('<table class="coverage">') :]
    for state, words in STATES.items():
        assert (
            f'<span class="state cov-{state}"><span aria-hidden="true">{words.sign}</span> {words.word}</span>' in table
        )
    assert "not known" in table


def test_what_was_not_collected_is_said_before_the_findings_and_never_as_none(whole_work: Work) -> None:
    text = page_of(whole_work).text
    assert text.index("Not everything was looked at.") < text.index("urllib3 1.26.4 leaks credentials Target")
    assert "Not collected osv of app lock : add advisories: F" in text


def test_a_run_without_reports_teaches_where_to_look(make_work: MakeWork) -> None:
    text = page_of(make_work(targets=())).text
    assert "Not enough was seen" in text
    assert "lookout runs show run-1" in text
    assert "That is not an all-clear" in text
    assert "Add some to the watchlist" in text
    assert "nothing here may be read as complete" in text


def test_a_clean_run_says_that_it_saw_everything(make_work: MakeWork, make_coverage: Callable[..., Coverage]) -> None:
    # Given
    seen = make_coverage(CoverageState.COMPLETE, source="osv", items=3)
    report = AgentReport(agent="security", target="git:/clones/flask", coverage=(seen,), metrics={"checked": 3})
    # When
    text = page_of(make_work(report)).text
    # Then
    assert "Nothing to do" in text
    assert "Every source was seen in full" in text
    assert "No agent reported on this target" in text
    assert "nobody looked" in text


def test_agents_that_disagree_are_named(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    target = "git:/clones/flask"
    hole = make_finding(target=target, severity=Severity.CRITICAL)
    reports = (
        AgentReport(agent="github", target=target, metrics={"score": 95.0}),
        AgentReport(agent="security", target=target, findings=(hole,)),
        AgentReport(agent="later", summary="Across all targets"),
    )
    # When
    text = page_of(make_work(*reports)).text
    # Then
    assert "≠ disagree on flask : security critical, github found nothing" in text
    assert "Across all targets" in text


@pytest.mark.parametrize(
    ("weeks", "said"), [(1, "3 in the 1 week seen"), (4, "12 in the 4 weeks seen"), (52, "156 "), (60, "156 ")]
)
def test_commits_of_a_year_that_was_not_all_seen_are_not_said_to_be_the_years(
    make_work: MakeWork, weeks: int, said: str
) -> None:
    # Given a history that was seen so many weeks back, as in a shallow clone, with three commits a week
    target = Target(kind=TargetKind.GIT, location="/clones/flask", name="flask")
    begin = date(2025, 9, 1)
    told: JsonValue = [{"week": (begin + timedelta(weeks=at)).isoformat(), "commits": 3} for at in range(weeks)]
    report = AgentReport(agent="github", target=target.id, metrics={"weekly_commits": told})
    # When
    text = " ".join(page_of(make_work(report, targets=(target,))).text.split())
    # Then
    assert said in text
    assert (re.search(r"in the \d+ weeks? seen", text) is not None) == (weeks < 52)


def test_a_feed_has_no_commits_rather_than_none_at_all(make_work: MakeWork) -> None:
    # Given
    feed = Target(kind=TargetKind.FEED, location="https://example.org/feed.xml")
    told: JsonValue = [{"week": "2026-11-16", "commits": 0}]
    released: JsonValue = [{"version": "1.0", "at": "2026-11-16"}]
    metrics = {"weekly_commits": told, "release_pattern": "none", "releases": released}
    # When
    page = page_of(make_work(AgentReport(agent="github", target=feed.id, metrics=metrics), targets=(feed,)))
    # Then
    assert "not told" in page.text
    assert "Commits a week" not in page.text
    # And the word for no pattern is no name of one
    assert "1.0 on 16 Nov 2026, no pattern." in page.text


def test_two_hundred_targets_stay_readable(make_finding: MakeFinding, make_coverage: Callable[..., Coverage]) -> None:
    # Given
    targets = tuple(Target(kind=TargetKind.GIT, location=f"/clones/{at}", name=f"project {at}") for at in range(200))
    weeks = [{"week": f"2026-{1 + at // 4:02}-{1 + 7 * (at % 4):02}", "commits": at} for at in range(44)]
    parts = [{"name": "activity", "value": 0.5}]
    reports = [
        AgentReport(
            agent="github",
            target=target.id,
            findings=tuple(
                make_finding(target=target.id, claim=str(n), severity=list(Severity)[(at + n) % 5]) for n in range(4)
            ),
            coverage=(make_coverage(list(CoverageState)[at % 5], subject=target.id),),
            metrics={"score": at / 2, "parts": parts, "weekly_commits": weeks},
        )
        for at, target in enumerate(targets)
    ]
    work = Work(
        run_id="r", step="s", trigger_kind="manual", capability="report", targets=targets,
        now=make_coverage(CoverageState.ZERO).as_of, reports=tuple(reports),
    )  # fmt: skip
    # When
    bundle = assemble(work)
    text = as_html(bundle)
    page = Page(text)
    # Then
    assert len(text) < 3_000_000
    assert {finding.id for finding in bundle.findings} <= set(page.ids)
    assert len([1 for tag, attributes in page.elements if "spark" in attributes.get("class", "")]) == 200
    assert len([1 for tag, attributes in page.elements if attributes.get("class") == "picture"]) <= 40
    assert len(page_view(bundle).open_findings) <= 30
    assert "Health and findings, every scored target" in page.text
    assert_inert(page)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_in_any_text_is_shown_as_text(attack: str, make_work: MakeWork, make_finding: MakeFinding) -> None:
    assert_inert(page_of(poisoned(attack, make_work=make_work, make_finding=make_finding)))


@settings(max_examples=15, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), min_size=1, max_size=60))
def test_any_text_anywhere_leaves_the_page_inert(text: str) -> None:
    bad = Finding(kind="k", target="git:/a", claim="c", severity="high", confidence=1, title=text, next_action=text)
    target = Target(kind=TargetKind.GIT, location="/a", name=text)
    report = AgentReport(agent="a", target="git:/a", summary=text, findings=(bad,), reasons=(text,))
    work = Work(
        run_id=text, step="s", trigger_kind="manual", capability="report", targets=(target,),
        now="2026-11-23T00:00:00Z", reports=(report,), options={"watchlist": text},
    )  # fmt: skip
    assert_inert(page_of(work))


def poisoned(text: str, *, make_work: MakeWork, make_finding: MakeFinding) -> Work:
    """Return a work that holds the text wherever text can be."""
    bad = make_finding(
        kind=text,
        target=f"git:{text}",
        claim=text,
        title=text,
        detail=text,
        next_action=text,
        evidence=(text,),
        data={text: text, "published": text, "upgrade": text, "ids": [text]},
    )
    fact = Evidence.model_construct(
        target=f"git:{text}",
        source=text,
        kind=text,
        key=text,
        at=None,
        title=Untrusted(text),
        data={},
        url=text,
        about=(),
    )
    gap = Coverage(source=text, subject=f"git:{text}", state=CoverageState.FAILED, detail=text)
    metrics = {
        "score": 50.0,
        "parts": [{"name": text, "value": 0.5, "detail": text}],
        "weekly_commits": [{"week": "2026-11-16", "commits": 3}],
        "releases": [{"version": text, "at": "2026-11-17T00:00:00Z", "kind": text}],
        "authors": [{"name": text, "share": 0.5}],
        "release_pattern": text,
        "health_over_time": [{"at": "2026-10-05", "score": 9}, {"at": "2026-11-16", "score": 3, text: text}],
        "weekly_issues": [{"week": "2026-11-16", "opened": 3, text: text}],
        text: text,
    }
    report = AgentReport(
        agent=text,
        target=f"git:{text}",
        summary=text,
        reasons=(text,),
        findings=(bad,),
        coverage=(gap,),
        evidence=(fact,),
        metrics=metrics,
    )
    had = [{"id": name, "severity": "low", "title": text, "target": text} for name in (bad.id, text)]
    options = {
        "trigger": {"label": text, "source": text},
        "plan_notes": [text],
        "label": text,
        "replay": text,
        "earlier": {"run_id": text, "at": text, "findings": had},
    }
    target = Target(kind=TargetKind.GIT, location=text, name=text, tier=text)
    return make_work(report, targets=(target,), missing=(gap,), options=options, trigger_kind=text, run_id=text)


def variables(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_and_pictures_keep_the_contrast_of_wcag_aa(scheme: int) -> None:
    # Given
    style = files("agents.report.templates").joinpath("style.css").read_text(encoding="utf-8")
    colours = variables(re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme])
    states = [name.value.replace("_", "-") for name in CoverageState]
    severities = [severity.value for severity in Severity]
    # When / Then
    for ground in ("bg", "card"):
        for name in ("ink", "muted", "accent", *severities, *states):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in severities:
        assert contrast(colours[name], colours[f"{name}-bg"]) >= 4.5, name
        assert contrast(colours[f"{name}-fill"], colours["card"]) >= 3, name
    for name in ("ink", "muted", "accent"):
        assert contrast(colours[name], colours["card"]) >= 3, f"marks in {name}"
    for name in states:
        assert contrast(colours["card"], colours[name]) >= 4.5, f"counts on the strip's {name}"
    assert contrast(colours["notice"], colours["notice-bg"]) >= 4.5
    for ground in ("bg", "notice-bg"):
        assert contrast(colours["notice-line"], colours[ground]) >= 3, ground
    assert contrast(colours["card"], colours["critical"]) >= 4.5, "the word exploited"


def test_every_role_that_a_picture_draws_has_a_colour_in_the_style_sheet() -> None:
    style = files("agents.report.templates").joinpath("style.css").read_text(encoding="utf-8")
    for role in palette.ROLES.values():
        assert f".f-{role} {{ fill: var(" in style, role


def test_on_paper_the_ground_is_white_whatever_the_screen_and_links_and_folds_are_readable() -> None:
    # Given
    style = files("agents.report.templates").joinpath("style.css").read_text(encoding="utf-8")
    colours = variables(re.findall(r":root \{(.*?)\}", style, re.DOTALL)[2])
    # When
    printed = style[style.index("@media print") :]
    # Then
    assert style.index("prefers-color-scheme: dark") < style.index("@media print")
    assert (colours["bg"], colours["card"], colours["notice-bg"]) == ("#ffffff",) * 3
    assert "color-scheme: light;" in printed
    assert "@page { size: A4;" in style
    assert ".finding details::details-content" in printed


def test_an_evidences_page_is_a_link_that_shows_where_it_leads(make_work: MakeWork, make_finding: MakeFinding) -> None:
    # Given
    address = "https://github.com/advisories/GHSA-1?a=1&b=2"
    facts = [
        Evidence(target=FLASK, source="osv", kind="advisory", key=key, url=url)
        for key, url in (("good", address), ("bad", "https://user@evil.example/"), ("worse", "javascript:alert(1)"))
    ]
    found = make_finding(evidence=tuple(fact.id for fact in facts))
    # When
    page = page_of(make_work(AgentReport(agent="security", findings=(found,), evidence=tuple(facts))))
    # Then
    links = [attributes["href"] for tag, attributes in page.elements if attributes.get("class") == "out"]
    assert links == [address]
    assert address in page.text
    assert "evil" not in page.text
    assert_inert(page)


def test_what_is_known_to_be_exploited_says_so_wherever_it_stands(
    make_work: MakeWork, make_finding: MakeFinding
) -> None:
    abused = make_finding(data={"exploited": True})
    text = page_of(make_work(AgentReport(agent="security", findings=(abused,)))).text
    assert text.count("⚑ exploited") == 2


def test_the_worst_findings_and_who_set_the_run_off_are_on_the_first_screen(
    make_work: MakeWork, make_finding: MakeFinding
) -> None:
    # Given
    found = tuple(make_finding(claim=str(at), title=f"flaw {at}", severity=list(Severity)[4 - at]) for at in range(5))
    options = {"trigger": {"kind": "advisory", "subject": "GHSA-1", "source": "osv"}}
    # When
    text = page_of(
        make_work(AgentReport(agent="security", findings=found), options=options, trigger_kind="advisory")
    ).text
    # Then
    bad = text[text.index("How bad") : text.index("How sure")]
    assert [f"flaw {at}" in bad for at in range(5)] == [True, True, True, False, False]
    assert "app lock" in bad
    assert "Set off by: advisory, GHSA-1 (by osv)" in text[: text.index("How bad")]


def test_how_far_an_action_goes_stands_with_it(make_work: MakeWork, make_finding: MakeFinding) -> None:
    found = make_finding(next_action="Upgrade it", data={"fixed_in": [{"distance": "major"}]})
    text = page_of(make_work(AgentReport(agent="security", findings=(found,)))).text
    assert "effort: large, a major upgrade" in text


def test_a_single_targets_pictures_stand_with_it_and_nothing_is_framed_empty(whole_work: Work) -> None:
    # Given
    one = whole_work.model_copy(update={"targets": whole_work.targets[:1], "reports": whole_work.reports[1:2]})
    # When
    page = page_of(one)
    # Then
    assert "Release pattern" in page.text
    assert "In pictures" not in page.text
    figures = [tag for tag, _ in page.elements if tag == "figure"]
    pictures = [1 for _, attributes in page.elements if "picture" in attributes.get("class", "").split()]
    assert len(figures) == len(pictures) > 0
