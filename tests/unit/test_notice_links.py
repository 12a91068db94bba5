"""The link in a notice that stops its kind: it names whom and what, and cannot be made by others."""

from uuid import UUID

import pytest

from domain.kernel.ids import UserId
from domain.notices.stopping import Stop, StopLinkWrong
from domain.notices.words import Channel

ANNA = UserId(UUID(int=1))
KEY = b"k" * 32


def stop(**more) -> Stop:
    return Stop(**{"user_id": ANNA, "kind": "reading-reminder", "channel": Channel.EMAIL} | more)


def test_a_link_names_whom_and_what_it_stops():
    token = stop().token(KEY)
    assert Stop.read(token, KEY) == stop()
    assert len(token) < 100
    assert all(char.isascii() and (char.isalnum() or char in "-_.") for char in token)


@pytest.mark.parametrize("place", range(0, 72, 3))
def test_a_link_changed_anywhere_is_refused(place):
    token = stop().token(KEY)
    changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    with pytest.raises(StopLinkWrong):
        Stop.read(changed, KEY)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "a.e-mail.", "a.e-mail.AAAA", "а.б.в", "." * 300])
def test_what_is_no_link_is_refused(token):
    with pytest.raises(StopLinkWrong):
        Stop.read(token, KEY)


def test_a_link_of_one_is_no_link_of_another():
    mine, key = stop().token(KEY), b"x" * 32
    with pytest.raises(StopLinkWrong):
        Stop.read(mine, key)
    assert stop(kind="payment-done").token(KEY).rpartition(".")[2] != mine.rpartition(".")[2]
