import pytest

from adapters.secrets.box import SecretBox
from domain.kernel.secrets import BoxBroken

BOX = SecretBox("an installation's secret key")


def test_what_is_sealed_opens_again():
    sealed = BOX.seal("тайна", of="row-1")
    assert BOX.unseal(sealed, of="row-1") == "тайна"
    assert "тайна".encode() not in sealed


def test_the_same_secret_is_never_sealed_alike():
    assert BOX.seal("x", of="row-1") != BOX.seal("x", of="row-1")


def test_it_opens_for_its_row_only_and_by_its_key_only():
    sealed = BOX.seal("x", of="row-1")
    for box, of in ((BOX, "row-2"), (SecretBox("another secret key"), "row-1")):
        with pytest.raises(BoxBroken):
            box.unseal(sealed, of=of)


def test_nothing_changed_opens():
    sealed = BOX.seal("x", of="row-1")
    for wrong in (b"", b"\x01", b"\x02" + sealed[1:], sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(BoxBroken):
            BOX.unseal(wrong, of="row-1")


def test_what_the_previous_key_sealed_opens_too_and_is_sealed_anew():
    sealed = BOX.seal("x", of="row-1")
    rotated = SecretBox("the key that came after", previous_key="an installation's secret key")
    assert rotated.unseal(sealed, of="row-1") == "x"
    with pytest.raises(BoxBroken):
        rotated.unseal(sealed, of="row-2")
    anew = rotated.resealed(sealed, of="row-1")
    assert SecretBox("the key that came after").unseal(anew, of="row-1") == "x"
    assert rotated.resealed(anew, of="row-1") is None
    with pytest.raises(BoxBroken):
        SecretBox("the key that came after").resealed(sealed, of="row-1")


def test_the_key_is_not_shown():
    assert "secret key" not in repr(BOX)
    assert "former" not in repr(SecretBox("an installation's secret key", "the former key"))
