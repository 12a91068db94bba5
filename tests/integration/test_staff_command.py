"""`kabinet staff` as a person at the machine calls it."""

import re
from functools import partial

import pytest

from infra.cli import welcome
from infra.demo.load import load as load_demo
from infra.demo.people import STAFF, STAFF_SECRET
from infra.settings import load
from tests import commands


@pytest.fixture
def kabinet(dsn, tmp_path):
    return partial(commands.kabinet, "staff", DATABASE_URL=dsn, KABINET_DATA=str(tmp_path))


async def test_the_first_administrator_and_everybody_else(kabinet, pool):
    status, said = await kabinet("list")
    assert (status, "--role administrator" in said) == (0, True)
    status, said = await kabinet("add", "8 900 000-00-21", "Зоя Зуева", "--role", "administrator")
    assert (status, bool(re.search(r"^\+79000000021, administrator: password \S{16}$", said, re.M))) == (
        0,
        True,
    )
    for words in (
        ("add", "oleg", "Олег", "--role", "operator", "--email", "o@example.test"),
        ("role", "oleg", "administrator", "--reason", "голосование"),
        ("reset-factor", "oleg"),
        ("disable", "oleg", "--reason", "уволен"),
        ("enable", "oleg"),
        ("role", "oleg", "quality"),
    ):
        status, said = await kabinet(*words)
        assert status == 0, said
    status, said = await kabinet("list")
    assert ("quality" in said, "not yet" in said) == (True, True)

    rows = await pool.fetch("SELECT act, who_kind, who_name, reason FROM staff_log ORDER BY entry_id")
    assert [row["act"] for row in rows] == [
        "added",
        "added",
        "role-changed",
        "second-factor-reset",
        "disabled",
        "enabled",
        "role-changed",
    ]
    assert rows[2]["reason"] == "голосование"
    assert all(row["who_name"].startswith("kabinet staff (") for row in rows)


async def test_a_password_is_reset_once(kabinet, pool):
    await kabinet("add", "zoe", "Зоя", "--role", "administrator")
    status, said = await kabinet("reset-password", "zoe", "--reason", "забыла")
    assert (status, bool(re.search(r"^[0-9a-f]{32}\.\S{40,}$", said, re.M))) == (0, True), said
    assert await pool.fetchval("SELECT password_hash FROM staff") == ""
    row = await pool.fetchrow("SELECT act, reason FROM staff_log ORDER BY entry_id DESC LIMIT 1")
    assert tuple(row) == ("password-reset", "забыла")


async def test_what_cannot_be_done_is_said_in_a_line(kabinet):
    await kabinet("add", "zoe", "Зоя", "--role", "administrator")
    for words, told in (
        (("add", "zoe", "Зоя", "--role", "operator"), "This login belongs to somebody else"),
        (("disable", "zoe"), "This is the last administrator"),
        (("role", "nobody", "operator"), "There is nobody of the staff with the login nobody"),
        (("code", "zoe"), "zoe has no second factor"),
    ):
        status, said = await kabinet(*words)
        assert (status, told in said, "Traceback" in said) == (1, True, False), said


async def test_codes_are_shown_in_the_demo_only(kabinet, pool, dsn, tmp_path):
    settings = load({"DATABASE_URL": dsn, "KABINET_DATA": str(tmp_path)})
    await load_demo(settings, accounts=20)
    status, said = await kabinet("code", STAFF[0].phone)
    assert (status, bool(re.fullmatch(r"\d{6}\n", said))) == (0, True), said
    status, said = await kabinet(
        "code", STAFF[0].phone, KABINET_SECRET_KEY="another key of this installation"
    )
    assert (status, "Codes are shown in the demo only" in said) == (1, True), said
    assert STAFF_SECRET in welcome.text(settings)
    assert await pool.fetchval("SELECT count(*) FROM staff_factors WHERE confirmed_at IS NOT NULL") == 4
