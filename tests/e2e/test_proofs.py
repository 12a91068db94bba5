"""Days are closed, their roots published, payments proven; anyone finds a changed byte."""

import json
import random
from datetime import date, timedelta

import pytest
import pytest_asyncio

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.pool import connect
from domain.accounts.proofs.seals import SealDays
from infra.audit import audited
from infra.proof_days import exported, verified
from infra.verifier import told
from infra.verifier.files import Refused
from tests import kabinets
from tests.households import charge, lay_household
from tests.kabinets import TO_PAY


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    env = {"KABINET_PROOF_WITNESSES": "auditor@example.test, paper@example.test"}
    async with kabinets.opened(pool, tmp_path, env=env) as kabinet:
        yield kabinet


@pytest_asyncio.fixture
async def reader(database):
    connection = await connect(database)
    yield connection
    await connection.close()


def today(kabinet):
    return kabinet.clock().astimezone(kabinet.container.zone).date()


async def paid(kabinet, home, kopecks=TO_PAY):
    made = (await kabinet.pay(home, amount={"kopecks": kopecks}, confirm_duplicate=True)).json()
    await kabinet.play(home, made["id"])
    await kabinet.notices()
    await kabinet.work()
    return made["id"]


async def close(kabinet):
    await kabinet.container.of_proofs.day_sealing.seal_days(SealDays())


async def proof_of(kabinet, home, payment_id):
    return await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/payments/{payment_id}/proof")


@pytest_asyncio.fixture
async def proof(kabinet, tmp_path):
    """The proof of the first of two payments of a day on which seven accounts changed, its root, the keys."""
    home = await kabinet.household()
    for ordinal in range(6):
        other = await lay_household(kabinet.container.pool, user_id=home.user_id, number=f"77{ordinal:08d}")
        await charge(kabinet.container.pool, other, {"heat": 1000 + ordinal})
    payment_id = await paid(kabinet, home, 200000)
    await paid(kabinet, home, 100000)
    day = today(kabinet)
    kabinet.clock.later(days=1)
    await close(kabinet)
    await kabinet.sign_in_again()
    answer = await proof_of(kabinet, home, payment_id)
    assert answer.status_code == 200, answer.text
    files = {
        "proof": answer.content,
        "root": (await kabinet.http.get(f"/api/v1/proofs/{day}")).content,
        "keys": (await kabinet.http.get("/api/v1/proofs/keys")).content,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path / "proof"


async def test_a_payer_proves_a_payment_to_anyone(kabinet, proof):
    lines = told.checked(proof, root=proof.with_name("root"), key=proof.with_name("keys"))

    found = json.loads(proof.read_text())
    assert lines[0].startswith(f"Payment {found['payment_id']} of 2000.00 roubles")
    assert len([line for line in lines if " to receivable:" in line]) == 5
    assert lines[-1] == "Everything checked is right."
    assert found["root"] == json.loads(proof.with_name("root").read_text())
    assert found["root"]["seals"] == 7
    assert "NOT CHECKED" in told.checked(proof)[-2]


async def test_whoever_may_only_pay_gets_no_proof(kabinet, proof):
    """It names charges of the account, which they are not shown."""
    found = json.loads(proof.read_text())
    path = f"/api/v1/accounts/{found['account_id']}/payments/{found['payment_id']}/proof"
    assert (await kabinet.http.get(path)).status_code == 200
    await kabinet.container.pool.execute("UPDATE account_members SET scopes = '{pay}'")
    assert (await kabinet.http.get(path)).status_code == 404


async def test_a_root_and_keys_are_open_and_cacheable(kabinet, proof):
    kabinet.http.headers.pop("Authorization")
    [listed] = (await kabinet.http.get("/api/v1/proofs")).json()["items"]
    root = await kabinet.http.get(f"/api/v1/proofs/{listed['day']}")
    keys = (await kabinet.http.get("/api/v1/proofs/keys")).json()

    assert "immutable" in root.headers["cache-control"]
    assert keys["current"] == listed["key_id"] == root.json()["key_id"]
    assert (await kabinet.http.get("/api/v1/proofs/2020-01-01")).json()["code"] == "day-not-closed"


async def test_any_changed_byte_is_refused(proof):
    """Each byte of the file in turn, changed by chance; the root and the keys stay as they were published."""
    good, chance, changed = proof.read_bytes(), random.Random(6), proof.with_name("changed")
    for at in [*range(0, len(good), 7), len(good) - 1]:
        changed.write_bytes(
            good[:at] + bytes([chance.choice([b for b in range(256) if b != good[at]])]) + good[at + 1 :]
        )
        with pytest.raises(Refused):
            told.checked(changed)
    changed.write_bytes(good + b"\n")
    with pytest.raises(Refused):
        told.checked(changed)


FIELDS = [
    *[("account_id", "proof, field account_id"), ("payment_id", "proof, field payment_id")],
    *[("before", "proof, field before"), ("index", "proof, field index")],
    *[
        (f"entries.1.{name}", f"entry 7, field {name}")
        for name in ("posting_id", "debit", "credit", "charge_id")
    ],
    *[
        (f"entries.1.{name}", f"entry 7, field {name}")
        for name in ("kopecks", "value_date", "posted_at", "hash")
    ],
    *[(f"entries.0.{name}", f"entry 6, field {name}") for name in ("kopecks", "hash")],
    *[("entries.-1.hash", "field hash"), ("entries.2.text", "entry 8, field text, line of")],
    *[("seal.day", "seal, field day"), ("seal.salt", "seal, field salt"), ("seal.leaf", "seal, field leaf")],
    *[("seal.last_hash", "seal, field last_hash"), ("seal.after_no", "seal, field after_no")],
    *[("seal.account_id", "seal, field account_id"), ("seal.text", "seal, field text, line of")],
    *[(f"path.1.{name}", f"step 2 of the path, field {name}") for name in ("neighbour", "hash", "gives")],
    *[(f"root.{name}", f"root, field {name}") for name in ("day", "seals", "root", "signature")],
    *[("root.signed", "root, field signed, line of"), ("root.public_key", "root, field public_key")],
    *[
        ("root.key_id", "root, field public_key or key_id"),
        ("root.previous_root", "root, field previous_root"),
    ],
]


def other(value):
    """The value with one character changed."""
    if isinstance(value, int):
        return value - 1 if value else 1
    if value in ("left", "right"):
        return {"left": "right", "right": "left"}[value]
    last = {"0": "1"}.get(value[-1:], "0")
    return value[:-1] + last


async def test_what_was_changed_is_named(proof):
    good, changed, wrong = proof.read_text(), proof.with_name("changed"), []
    for path, named in FIELDS:
        found = json.loads(good)
        *way, field = path.split(".")
        record = found
        for step in way:
            record = record[int(step) if step.lstrip("-").isdigit() else step]
        record[field] = other(record[field])
        changed.write_text(json.dumps(found, indent=1) + "\n")
        try:
            told.checked(changed)
            wrong.append((path, "nothing was found"))
        except Refused as refused:
            if named not in refused.where:
                wrong.append((path, refused.where))
    assert wrong == []


async def test_a_root_that_was_published_otherwise_is_refused(kabinet, proof):
    kabinet.clock.later(days=1)
    await close(kabinet)
    later = (await kabinet.http.get("/api/v1/proofs")).json()["items"][0]
    another = proof.with_name("another")
    another.write_bytes((await kabinet.http.get(f"/api/v1/proofs/{later['day']}")).content)
    stranger = proof.with_name("stranger")
    stranger.write_text("ab" * 32)

    for given in ({"root": another}, {"key": stranger}):
        with pytest.raises(Refused):
            told.checked(proof, **given)


async def test_a_payment_of_an_open_day_has_no_proof_yet(kabinet):
    home = await kabinet.household()
    waiting = (await kabinet.pay(home)).json()["id"]
    assert (await proof_of(kabinet, home, waiting)).json()["code"] == "not-posted"
    await kabinet.play(home, waiting)
    await kabinet.tick(seconds=15)
    answer = await proof_of(kabinet, home, waiting)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-yet-sealed")


async def test_missed_days_are_made_up_for_each_with_its_own_entries(kabinet, reader):
    home = await kabinet.household()
    ids = []
    for _ in range(3):
        ids.append(await paid(kabinet, home, 10000))
        kabinet.clock.later(days=1)
        await kabinet.sign_in_again()
        if len(ids) == 1:
            await close(kabinet)
    kabinet.clock.later(days=1)
    await close(kabinet)
    await close(kabinet)
    await kabinet.work()
    await kabinet.sign_in_again()

    proofs = [(await proof_of(kabinet, home, one)).json() for one in ids]
    days = [one["root"]["day"] for one in proofs]
    assert len(set(days)) == 3
    listed = (await kabinet.http.get("/api/v1/proofs")).json()["items"]
    assert [(one["day"], one["seals"]) for one in listed[::-1]] == [
        *((day, 1) for day in days),
        (listed[0]["day"], 0),
    ]
    assert [one["root"]["previous_day"] for one in proofs] == ["", *days[:2]]
    for one in listed:
        assert "Everything checked is right" in (await verified(reader, date.fromisoformat(one["day"])))[-1]


async def test_those_outside_are_mailed_each_root(kabinet, monkeypatch):
    sent = []

    class Outside:
        async def send(self, letter):
            sent.append(letter)

    monkeypatch.setattr(type(kabinet.container.mail), "send", Outside.send.__get__(Outside()))
    await kabinet.household()
    await close(kabinet)
    await kabinet.work()

    [root] = (await kabinet.http.get("/api/v1/proofs")).json()["items"]
    assert {letter.to for letter in sent} == {"auditor@example.test", "paper@example.test"}
    published = (await kabinet.http.get(f"/api/v1/proofs/{root['day']}")).content
    assert {letter.attachments[0].content for letter in sent} == {published}


async def test_a_day_checked_whole(kabinet, proof, reader, owner, tmp_path):
    day = date.fromisoformat(json.loads(proof.read_text())["root"]["day"])
    export = tmp_path / "export"
    assert await exported(reader, day, export) == 7
    assert told.checked(export, root=proof.with_name("root"))[0].startswith("All 7 seals")
    text = export.read_text()
    export.write_text(text.replace('"after_no": 0', '"after_no": 1', 1))
    with pytest.raises(Refused, match="at least one was changed"):
        told.checked(export)

    assert [found async for one in audited(PostgresAudit(reader), "", None) for found in one.findings] == []
    await owner.execute("ALTER TABLE kabinet.day_seals DISABLE TRIGGER day_seals_append_only")
    try:
        await owner.execute(
            "UPDATE kabinet.day_seals SET last_hash = sha256(last_hash) WHERE account_id = "
            "(SELECT min(account_id::text)::uuid FROM kabinet.day_seals)"
        )
    finally:
        await owner.execute("ALTER TABLE kabinet.day_seals ENABLE TRIGGER day_seals_append_only")
    with pytest.raises(Refused, match="seal of account"):
        await verified(reader, day)
    codes = {found.code async for one in audited(PostgresAudit(reader), "", None) for found in one.findings}
    assert codes == {"seal-hash", "seal-leaf"}


async def test_a_day_closed_early_takes_nothing_later(kabinet):
    home = await kabinet.household()
    first = await paid(kabinet, home, 10000)
    sealing = kabinet.container.of_proofs.day_sealing
    kabinet.clock.later(seconds=1)
    [root] = [one async for one in sealing.close_today()]
    second = await paid(kabinet, home, 20000)

    assert (
        (await proof_of(kabinet, home, first)).json()["root"]["day"] == str(root.day) == str(today(kabinet))
    )
    assert (await proof_of(kabinet, home, second)).json()["code"] == "not-yet-sealed"
    kabinet.clock.later(days=2)
    await close(kabinet)
    await kabinet.sign_in_again()
    assert (await proof_of(kabinet, home, second)).json()["root"]["day"] == str(root.day + timedelta(days=1))
