"""A meter to which crews come: filed, decided and booked over the API."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from domain.people.staff import Role
from infra.clock import new_id
from tests import kabinets
from tests.cases import Desk, own_suppliers
from tests.readings import lay_meter

CONTACT = {"name": "Иванов Иван", "phone": "+79000000001"}


def hours(day, hour, capacity=1):
    starts = datetime(2026, 11, day, hour, tzinfo=UTC)
    return {
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(),
        "capacity": capacity,
    }


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


class Site(Desk):
    """A desk with a meter, an operator, and hours on offer on 23 and 24 November."""

    async def laid(self):
        pool = self.kabinet.container.pool
        await own_suppliers(pool)
        self.operator = await self.staff(Role.SENIOR_OPERATOR)
        self.meter_id = await lay_meter(pool, self.home)
        offered = await self.offer(hours(23, 5), hours(24, 5, 2))
        self.first, self.second = [one["id"] for one in offered.json()["items"]]
        return self

    async def later(self, **much):
        await super().later(**much)
        self.operator = await self.staff(Role.SENIOR_OPERATOR)

    async def offer(self, *slots):
        body = {"slots": slots}
        return await self.kabinet.http.put("/api/v1/office/visit-slots", json=body, headers=self.operator)

    def form(self, **more):
        return {
            "kind": "meter-sealing",
            "what": "sealing",
            "premises": "apartment",
            "meter_id": str(self.meter_id),
            "contact": CONTACT,
            **more,
        }

    async def promised(self, form=None, grant=None):
        """The id of a case that was decided for a visit."""
        filed = await self.file(form or self.form())
        assert filed.status_code == 201, filed.text
        case_id, kind = filed.json()["id"], filed.json()["kind"]
        body = {
            "outcome": "satisfied",
            "answer": "Приедем в срок",
            "rule": "ПП РФ 354, п. 81",
            "grant": grant or {"kind": kind},
        }
        decided = await self.post(f"cases/{case_id}/decision", body, self.operator)
        assert decided.status_code == 200, decided.text
        await self.kabinet.work()
        return case_id

    async def book(self, case_id, slot_id, visit_id=None, who=None, **more):
        return await self.put(
            f"cases/{case_id}/visits/{visit_id or new_id()}", {"slot_id": slot_id, **more}, who
        )

    async def act(self, case_id, visit_id, who=None, **more):
        act = {"number": "17", "drawn_on": "2026-11-23", "outcome": "admitted", **more}
        return await self.put(f"cases/{case_id}/visits/{visit_id}/act", act, who or self.operator)

    async def meter(self, meter_id=None):
        return (await self.get(f"meters/{meter_id or self.meter_id}")).json()

    async def free(self, case_id):
        page = (await self.get(f"cases/{case_id}/visit-slots")).json()
        return {one["id"]: one["free_count"] for one in page["items"]}


@asynccontextmanager
async def opened(pool, tmp_path):
    """A site on a household of its own; its owner is signed in no more."""
    async with kabinets.opened(pool, tmp_path) as kabinet:
        home = await kabinet.household()
        owner = {"Authorization": kabinet.http.headers.pop("Authorization")}
        yield await Site(kabinet, home, owner).laid()
