"""The form of a payment: nothing is paid to others, or to more, than it showed."""

import re

from infra.clock import new_id
from tests.kabinets import DEBTS
from tests.offices import OfficeDesk


async def test_whoever_ticks_others_sees_their_sum_first(kabinet):
    home = await kabinet.household()
    token = kabinet.http.headers.pop("Authorization").removeprefix("Bearer ")
    visitor, page = OfficeDesk(kabinet, token), f"/accounts/{home.account_id}"
    water = str(home.supplier_accounts["water"])
    shown = await visitor.shown(f"{page}/pay")
    form = {"amount": re.search('id="amount" name="amount" value="([^"]+)"', shown)[1], "method": "sbp"}
    payment = f"{page}/payments/{new_id()}"

    other = await visitor.post(payment, **form, supplier="", boxes="yes", ticked=water)
    assert other.status_code == 409, other.text
    assert 'value="640,33"' in other.text and f'id="chosen" value="{water}"' in other.text
    nobody = await visitor.post(payment, **form, supplier="", boxes="yes")
    assert nobody.status_code == 422 and "Tick at least one" in nobody.text
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM payments") == 0

    chosen = {"amount": "640,33", "method": "sbp", "supplier": water, "boxes": "yes", "ticked": water}
    assert await visitor.done(payment, **chosen) == payment
    [paid] = await kabinet.container.pool.fetch("SELECT amount_kopecks FROM payments")
    assert paid["amount_kopecks"] == DEBTS["water"]


async def test_without_script_others_and_another_sum_are_counted_first(kabinet):
    home = await kabinet.household()
    token = kabinet.http.headers.pop("Authorization").removeprefix("Bearer ")
    visitor, form = OfficeDesk(kabinet, token), f"/accounts/{home.account_id}/pay?boxes=yes"
    ids = [str(home.supplier_accounts[one]) for one in ("electricity", "heat", "water", "waste", "repairs")]
    everybody = "&".join(f"ticked={one}" for one in ids)
    assert 'value="100,00"' in await visitor.shown(f"{form}&{everybody}&supplier=&amount=100,00")
    two = await visitor.shown(
        f"{form}&ticked={ids[1]}&ticked={ids[2]}&supplier=&amount=100,00&method=bank_card"
    )
    assert 'value="2950,33"' in two and "readonly" in two
    assert re.search('value="bank_card"[^>]* checked', two)
