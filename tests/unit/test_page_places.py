"""Where a page goes on to: whole, and never to another site."""

import pytest
from litestar import Request
from litestar.testing import RequestFactory

from api.pages.forms import local_place, place_asked, with_place


def asked(query: str) -> Request:
    request = RequestFactory().get("/sign-in")
    request.scope["query_string"] = query.encode()
    return request


@pytest.mark.parametrize(
    "place",
    ["/", "/accounts/1/cases?open=yes&kind=question&cursor=a%2Bb", "/office/search?q=%D0%94&page=2", "/a+b"],
)
def test_a_place_is_kept_whole(place):
    _, _, escaped = with_place("/sign-in", place).partition("?")
    assert place_asked(asked(escaped)) == place
    assert place_asked(asked(f"next={place}")) == place


@pytest.mark.parametrize(
    "place",
    [
        "//elsewhere.example",
        "/\\elsewhere.example",
        "https://elsewhere.example",
        "javascript:alert(1)",
        "/\t/elsewhere.example",
        "//[",
        "/имя",
        "/" + "a" * 500,
        "",
    ],
)
def test_another_site_is_no_place(place):
    assert local_place(place) == "/"
    _, _, escaped = with_place("/sign-in", place).partition("?")
    assert place_asked(asked(escaped)) == "/"
