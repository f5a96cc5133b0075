"""Packages as their registry's simple interface writes them, in JSON (PEP 691, PEP 700)."""

from hashlib import sha256

from orchestrator.recordings.incident.accounts import Document
from orchestrator.recordings.incident.lots import number
from orchestrator.recordings.incident.story import Package, Upload
from orchestrator.recordings.incident.words import FILES, iso


def package(one: Package) -> Document:
    """Return a package with a source archive and a wheel for each version."""
    return {
        "meta": {"api-version": "1.1"},
        "name": one.name,
        "versions": [each.version for each in one.uploads],
        "files": [_file(name, each) for each in one.uploads for name in _names(one, each)],
    }


def _names(one: Package, upload: Upload) -> tuple[str, str]:
    stem = f"{one.name.replace('-', '_')}-{upload.version}"
    return f"{stem}-py3-none-any.whl", f"{stem}.tar.gz"


def _file(name: str, upload: Upload) -> Document:
    """Return a file; a yanked one says why, where somebody said it."""
    mark = sha256(name.encode()).hexdigest()
    return {
        "filename": name,
        "url": f"{FILES}/{mark[:2]}/{mark[2:4]}/{name}",
        "hashes": {"sha256": mark},
        "requires-python": ">=3.10",
        "size": 20_000 + number("size", name, below=90_000),
        "upload-time": iso(upload.at),
        "yanked": (upload.why or True) if upload.withdrawn_at else False,
        "core-metadata": False,
    }
