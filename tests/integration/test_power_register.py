"""The adapter against the sandbox's register."""

from uuid import UUID

import httpx

from adapters.powers.register import HttpPowerRegister
from domain.people.powers import Standing
from infra.demo.households import BOTH_FIRM, METERS_ACCOUNT, household
from infra.demo.load import SEED
from infra.sandbox.keys import REGISTER_TOKEN
from infra.sandbox.powers import POWERS, REPRESENTATIVE_INN
from tests import sandboxes
from tests.sandboxes import Clock

GUID = next(iter(POWERS))
COMPANY = POWERS[GUID]["issuer_inn"]


async def test_the_sandboxs_register_is_asked_and_heard(tmp_path):
    async with sandboxes.opened(tmp_path, Clock()) as sandbox:
        transport = sandbox.http._transport
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as http:
            register = HttpPowerRegister(http, "http://sandbox/register", REGISTER_TOKEN)
            active = await register.check(GUID, COMPANY, REPRESENTATIVE_INN)
            assert (active.standing, active.codes) == (Standing.ACTIVE, {"KAB-PAY"})
            assert active.valid_until.isoformat() == "2030-12-31"
            for wrong in (
                (UUID(int=1), COMPANY, REPRESENTATIVE_INN),
                (GUID, "7707083893", "1"),
                (GUID, "", ""),
            ):
                assert (await register.check(*wrong)).standing is Standing.NOT_FOUND
            await http.post(f"/register/powers/{GUID}/revoke")
            revoked = await register.check(GUID, COMPANY, REPRESENTATIVE_INN)
            assert revoked.standing is Standing.REVOKED
            await http.post(f"/register/powers/{GUID}/restore")
            assert [one["status"] for one in (await http.get("/register")).json()] == ["active", "active"]
            stranger = HttpPowerRegister(http, "http://sandbox/register", "other")
            assert (await stranger.check(GUID, COMPANY, REPRESENTATIVE_INN)).standing is Standing.UNREACHABLE


def test_its_powers_are_of_the_demos_companies():
    companies = [household(no, SEED).holder_inn for no in (METERS_ACCOUNT, BOTH_FIRM)]
    assert [power["issuer_inn"] for power in POWERS.values()] == companies
