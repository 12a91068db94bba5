"""Plates of service centres for tests: registered by an administrator, used by an operator."""

from typing import Any
from uuid import UUID

import httpx

from domain.payments.sbp_links import with_crc
from domain.people.staff import Role
from infra.clock import new_id
from tests.actors import staff_token
from tests.kabinets import Kabinet


def link(no: int = 1) -> str:
    return with_crc(f"https://qr.nspk.ru/AS1R{no:028d}?type=01&bank=100000000999")


async def as_staff(kabinet: Kabinet, role: Role = Role.OPERATOR) -> dict[str, str]:
    return {"Authorization": f"Bearer {await staff_token(kabinet.container, role)}"}


async def registered(kabinet: Kabinet, no: int = 1) -> UUID:
    plate_id = new_id()
    body = {"centre": "Центр на Мира, 1", "place": f"Окно {no}", "link": link(no)}
    administrator = await as_staff(kabinet, Role.ADMINISTRATOR)
    answer = await kabinet.http.put(f"/api/v1/office/plates/{plate_id}", json=body, headers=administrator)
    assert answer.status_code == 200, answer.text
    assert answer.json()["is_ready"]
    return plate_id


async def put_on(
    kabinet: Kabinet, staff: dict[str, str], plate_id: UUID, account_id: UUID, payment_id: UUID, **more: Any
) -> httpx.Response:
    body = {"account_id": str(account_id), "amount": {"kopecks": 150_000}, "minutes": 5} | more
    return await kabinet.http.put(
        f"/api/v1/office/plates/{plate_id}/payments/{payment_id}", json=body, headers=staff
    )


async def scanned(kabinet: Kabinet, no: int = 1) -> str | None:
    """The provider's payment that a phone is led to by the plate."""
    answer = await kabinet.sandbox.http.get(f"/sandbox/plates/AS1R{no:028d}")
    return answer.headers["location"].rpartition("/")[2] if answer.status_code == 303 else None
