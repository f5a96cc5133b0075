"""Reading one manifest: its bytes, its text, its dependencies, and what of it could not be read."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from agents.sources.manifests.dependency import Parsed, Problem, UnreadableError
from agents.sources.manifests.formats import parser_of
from agents.sources.manifests.shelf import Manifest

MAX_BYTES = 50 << 20
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one manifest gave. ``broken`` is set where the whole of it could not be read."""

    path: str
    fingerprint: str
    """A hash of the content: equal where nothing changed."""
    parsed: Parsed
    broken: UnreadableError | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that could not be read of it."""
        if self.broken is None:
            return self.parsed.problems
        return (Problem(reason=self.broken.reason, line=self.broken.line), *self.parsed.problems)

    def with_problems(self, more: Iterable[Problem]) -> "Read":
        """Return the same with more problems."""
        problems = (*self.parsed.problems, *more)
        return replace(self, parsed=replace(self.parsed, problems=problems))


def read(manifest: Manifest) -> Read:
    """Return what the manifest holds. Never raises: what cannot be read is said in the value."""
    content = b""
    try:
        content = _content(manifest)
        source = _text(content)
        parsed, broken = parser_of(manifest.path, source=source)(source, manifest.path), None
    except UnreadableError as error:
        parsed, broken = Parsed(), error
    return Read(path=manifest.path, fingerprint=sha256(content).hexdigest(), parsed=parsed, broken=broken)


def _content(manifest: Manifest) -> bytes:
    if manifest.size > MAX_BYTES:
        raise UnreadableError(f"has {manifest.size:,} bytes, more than a manifest may have here ({MAX_BYTES:,})")
    try:
        return manifest.load()
    except OSError as error:
        raise UnreadableError(f"cannot be opened ({error})") from error


def _text(content: bytes) -> str:
    # Some shells write UTF-16 when a program's output is sent to a file.
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableError(f"is not {encoding} text", line=line) from error
