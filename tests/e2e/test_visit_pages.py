"""Visits by the pages of the office: for the customer, to the act."""

from domain.people.staff import Role
from infra.clock import new_id
from tests.offices import OfficeDesk
from tests.sites import opened


async def test_the_office_books_for_the_customer_and_writes_the_act(pool, tmp_path):
    """Booked, moved, called off, booked again, the act with a seal and a figure."""
    async with opened(pool, tmp_path) as site:
        case_id = await site.promised()
        visits = f"/office/accounts/{site.home.account_id}/cases/{case_id}/visits"
        await booked(site, visits)
        await acted(site, visits)


async def booked(site, visits):
    desk = await OfficeDesk.of(site.kabinet, Role.OPERATOR)
    assert f'href="{visits}"' in await desk.shown(visits.removesuffix("/visits"))
    for slot in (site.second, site.first):
        assert await desk.done(f"{visits}/{new_id()}", slot=slot, note="Код 17") == visits
    visit = await site.kabinet.container.pool.fetchval("SELECT visit_id FROM visits WHERE state = 'booked'")
    assert await desk.done(f"{visits}/{visit}/cancellation", why="Уезжают") == visits
    await desk.done(f"{visits}/{new_id()}", slot=site.first)
    day = await desk.shown("/office/visits?day=2026-11-23")
    assert "free places: 0 of 1" in day
    assert visits in day
    offered = await desk.done("/office/visits", day="2026-11-25", starts="10:00", ends="12:00", capacity="3")
    assert "free places: 3 of 3" in await desk.shown(offered)


async def acted(site, visits):
    await site.later(days=1)
    desk = await OfficeDesk.of(site.kabinet, Role.OPERATOR)
    visit = await site.kabinet.container.pool.fetchval("SELECT visit_id FROM visits WHERE state = 'booked'")
    act = {"number": "17", "drawn_on": "2026-11-23", "outcome": "admitted", "m0.seals": "П-001, крышка"}
    wrong = await desk.post(f"{visits}/{visit}/act", **act, **{"m0.now.0": "41x"})
    assert (wrong.status_code, 'value="41x"' in wrong.text) == (422, True)
    assert await desk.done(f"{visits}/{visit}/act", **act, **{"m0.now.0": "4120"}) == visits
    assert "Act № 17" in await desk.shown(visits)
    assert [seal["number"] for seal in (await site.meter())["seals"]] == ["П-001"]
