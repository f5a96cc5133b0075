"""Words are found whole, and a request's words become looks."""

import pytest

from orchestrator.planning.words import first_word, looks_in, words_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Security fix", "Security"),
        ("a SECURITY_FIX branch", "SECURITY"),
        ("(security).", "security"),
        ("security-related", "security"),
        ("insecurity", ""),
        ("securityless", ""),
        ("security2", ""),
        ("non-security", ""),
        ("canon-security", "security"),
        ("", ""),
    ],
)
def test_a_word_is_found_whole_in_any_case(text: str, found: str) -> None:
    assert first_word(text, among=("security",)) == found


def test_a_phrase_is_found_over_any_white_space() -> None:
    assert first_word("the Bus \n factor is one", among=("bus factor",)) == "Bus \n factor"


def test_of_two_words_at_one_place_only_the_longer_is_found() -> None:
    # Given names that begin alike, one of them elsewhere in the text too
    names = ("flask", "flask-login", "click", "Big App")
    # Then a name inside a longer one does not count, and white space does not matter
    assert words_in("Is Flask-Login safe in the big  app?", among=names) == {"flask-login", "Big App"}
    assert words_in("flask and flask-login", among=names) == {"flask", "flask-login"}
    assert words_in("nothing here", among=names) == frozenset()


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("Is flask safe to upgrade?", ("exposure",)),
        ("are we vulnerable to CVE-2025-1?", ("exposure",)),
        ("Is it healthy, or was it abandoned?", ("health",)),
        ("What is the bus factor, and is it patched?", ("exposure", "health")),
        ("the mood on YouTube and Reddit", ("sentiment", "youtube", "social")),
        ("Fix the parser", ("fix",)),
        ("Build an endpoint, and forecast its use", ("prediction", "build")),
        ("How does sentiment correlate?", ("sentiment", "correlation")),
        ("What is new?", ()),
        ("prefix and rebuild", ()),
    ],
)
def test_a_request_s_words_become_looks(text: str, looks: tuple[str, ...]) -> None:
    assert looks_in(text) == looks
