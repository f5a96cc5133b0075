"""Only what a reader may follow safely becomes a link."""

import pytest

from agents.report.address import linkable


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/pallets/flask/issues/1",
        "https://osv.dev",
        "https://example.co.uk/a?b=c&d=%20#e",
        "https://xn--bcher-kva.example/",
    ],
)
def test_a_plain_page_is_a_link(address: str) -> None:
    assert linkable(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://example.com/",
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.com/",
        "https://bank.example@evil.example/",
        "https://evil.example:8443/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://localhost/",
        "https://[::1]/",
        "https://EXAMPLE.com/",
        "https://exämple.com/",
        "https://-a.example/",
        'https://example.com/"onclick="x',
        "https://example.com/<script>",
        "https://example.com/a b",
        "https://example.com/\u202egnp",
        "https://example.com/)[x](y",
        "https://example.com/\n",
        f"https://example.com/{'a' * 500}",
    ],
)
def test_what_is_not_what_it_looks_like_is_none(address: str) -> None:
    assert linkable(address) == ""
