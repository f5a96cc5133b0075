"""Package URLs name a package as OSV does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sources.manifests.purl import parse_purl


@pytest.mark.parametrize(
    ("written", "ecosystem", "package", "version"),
    [
        ("pkg:pypi/Django_Thing@1.0", "PyPI", "django-thing", "1.0"),
        ("pkg:npm/%40angular/core@16.0.0", "npm", "@angular/core", "16.0.0"),
        ("pkg:npm/@angular/core@16.0.0", "npm", "@angular/core", "16.0.0"),
        ("pkg:npm/@angular/core", "npm", "@angular/core", ""),
        ("pkg:maven/org.apache/log4j@2.0?type=jar#sub/path", "Maven", "org.apache:log4j", "2.0"),
        ("pkg:golang/github.com/gorilla/mux@v1.8.0", "Go", "github.com/gorilla/mux", "v1.8.0"),
        ("pkg:cargo/serde@1.0", "crates.io", "serde", "1.0"),
        ("pkg:gem/rails@7.0", "RubyGems", "rails", "7.0"),
        ("pkg:nuget/Newtonsoft.Json@13.0.1", "NuGet", "Newtonsoft.Json", "13.0.1"),
        ("pkg:composer/Laravel/Framework@10.0", "Packagist", "laravel/framework", "10.0"),
        ("pkg:hex/phoenix@1.7", "Hex", "phoenix", "1.7"),
        ("pkg:pub/http@1.0", "Pub", "http", "1.0"),
        ("pkg:githubactions/Actions/Checkout@v4", "GitHub Actions", "actions/checkout", "v4"),
        ("pkg:deb/debian/curl@7.88.1-10+deb12u5?arch=amd64&distro=debian-12", "Debian:12", "curl", "7.88.1-10+deb12u5"),
        ("pkg:deb/ubuntu/curl@7.81.0?distro=ubuntu-22.04", "Ubuntu:22.04", "curl", "7.81.0"),
        ("pkg:apk/alpine/busybox@1.36?distro=alpine-3.19.1", "Alpine:v3.19", "busybox", "1.36"),
        ("pkg:apk/wolfi/busybox@1.36", "Wolfi", "busybox", "1.36"),
        ("pkg:rpm/almalinux/curl@7?distro=AlmaLinux-9", "AlmaLinux:9", "curl", "7"),
        ("pkg:rpm/unheard-of/curl@7?distro=x-9", "", "curl", "7"),
        ("pkg:deb/debian/curl@7?distro=bookworm", "Debian", "curl", "7"),
        ("pkg:generic/openssl@3.0", "", "openssl", "3.0"),
        ("PKG://PyPI/flask@3.0%2Blocal", "PyPI", "flask", "3.0+local"),
    ],
)
def test_a_package_url_is_an_osv_package(written: str, ecosystem: str, package: str, version: str) -> None:
    purl = parse_purl(written)
    assert purl is not None
    assert (purl.ecosystem, purl.package, purl.version) == (ecosystem, package, version)


@pytest.mark.parametrize("written", ["", "pkg:", "pkg:npm", "pkg:npm/", "npm/x@1", "http://example.org/x"])
def test_other_texts_are_no_package_urls(written: str) -> None:
    assert parse_purl(written) is None


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    purl = parse_purl(f"pkg:{text}")
    assert purl is None or purl.name or purl.package == ""
