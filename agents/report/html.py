"""The report as one self-contained HTML file: no script, nothing loaded, and a policy that forbids both.

Every text goes through jinja2's autoescape; the only markup let in as it stands is our own style sheet, and our own
pictures after the allow list of ``svg``.
"""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from agents.report import wording
from agents.report.bundle import ReportBundle
from agents.report.news import headline, news
from agents.report.svg import Picture
from agents.report.views import (
    ALARMS_SHOWN,
    EVIDENCE_SHOWN,
    NAMED_SHOWN,
    NEWS,
    OPEN_ROWS,
    OPEN_TARGETS,
    RECENT_SHOWN,
    TOP_ACTIONS,
    WORST_SHOWN,
    anchor,
    page_view,
)

CSP = "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"


def as_html(bundle: ReportBundle) -> str:
    """Return the bundle as an HTML page; same bundle, same bytes."""
    style = files("agents.report.templates").joinpath("style.css").read_text(encoding="utf-8")
    page = _environment().get_template("report.html.j2")
    return page.render(
        bundle=bundle,
        synthesis=bundle.synthesis,
        view=page_view(bundle),
        now=bundle.as_of,
        style=Markup(style),  # noqa: S704 - our own style sheet, from our own package
        policy=CSP.format(hash=b64encode(sha256(style.encode()).digest()).decode()),
        names={section.id: section.label for section in bundle.targets},
        found={finding.id: finding for finding in bundle.findings},
        states=wording.STATES,
        trends=wording.TRENDS,
        alarms_shown=ALARMS_SHOWN,
        named_shown=NAMED_SHOWN,
        not_now=wording.NOT_NOW,
        headline=headline(bundle),
        lines=news(bundle),
        trigger=wording.set_off(bundle.trigger.kind, label=bundle.trigger.label, details=bundle.trigger.details),
        left=sum(finding.evidence_left for finding in bundle.findings),
        evidence_shown=EVIDENCE_SHOWN,
        open_rows=OPEN_ROWS,
        most_news=NEWS,
        top_actions=TOP_ACTIONS,
        recent_shown=RECENT_SHOWN,
        worst_shown=WORST_SHOWN,
        open_targets=OPEN_TARGETS,
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("agents.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "ago": wording.ago,
        "anchor": anchor,
        "band": wording.band,
        "capitalized": wording.capitalized,
        "counted": wording.counted,
        "day": wording.day,
        "freshness": wording.freshness,
        "listed_counts": wording.listed_counts,
        "minute": wording.minute,
        "percent": wording.percent,
        "picture": _picture,
    }
    environment.globals["kinds"] = wording.KINDS
    return environment


def _picture(picture: Picture) -> Markup:
    return Markup(picture.svg)  # noqa: S704 - drawn by us, and cut to the allow list of svg
