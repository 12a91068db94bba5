"""Powers of attorney: dates, what they cover, and what the register's word does to them."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from msgspec.structs import replace

from adapters.powers.register import HttpPowerRegister, NoPowerRegister
from domain.kernel.access import Scope
from domain.kernel.ids import AccountId, PowerId, StaffId, UserId
from domain.people.delegation import MOST_SCOPES, Circle, Grant, LastAdministrator, RightOfPower, RoleNotGiven
from domain.people.memberships import OWNER_SCOPES, MemberRole, Membership
from domain.people.power_refusals import (
    PowerCoversNothing,
    PowerDatesWrong,
    PowerDecided,
    PowerIdTaken,
    PowerUnchecked,
)
from domain.people.powers import Power, PowerKind, PowerStatus, PowerTerms, RegisterAnswer, Standing

ZONE = ZoneInfo("Asia/Yekaterinburg")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
TERMS = PowerTerms(
    scopes={"PAY": frozenset({Scope.SEE, Scope.PAY}), "SEE": frozenset({Scope.SEE})},
    fresh_seconds=300,
    hold_seconds=14400,
    recheck_seconds=3600,
)
STAFF = StaffId(uuid4())
POWER = Power(
    id=PowerId(uuid4()),
    account_id=AccountId(uuid4()),
    user_id=UserId(uuid4()),
    kind=PowerKind.MACHINE,
    number=str(uuid4()),
    issuer_inn="7707083893",
    representative_inn="500100732259",
    codes=frozenset({"PAY", "UNKNOWN"}),
    valid_from=date(2026, 1, 1),
    valid_until=TODAY,
    status=PowerStatus.ACTIVE,
    entered_at=NOON,
    checked_at=NOON,
)
WAITING = replace(POWER, status=PowerStatus.WAITING)


def active(until: date, *codes: str) -> RegisterAnswer:
    return RegisterAnswer(standing=Standing.ACTIVE, codes=frozenset(codes), valid_until=until)


def test_the_last_day_is_whole_in_the_regions_zone():
    midnight = datetime(2026, 11, 23, tzinfo=ZONE)
    assert POWER.ends_at(ZONE) == midnight
    assert POWER.covers(Scope.PAY, midnight - timedelta(seconds=1), TERMS, ZONE)
    assert not POWER.covers(Scope.PAY, midnight, TERMS, ZONE)


def test_it_covers_what_its_codes_say_and_only_in_force():
    assert not POWER.covers(Scope.MANAGE, NOON, TERMS, ZONE)
    assert not WAITING.covers(Scope.PAY, NOON, TERMS, ZONE)
    with pytest.raises(PowerCoversNothing):
        TERMS.given_by({"UNKNOWN"})


@pytest.mark.parametrize(
    "dates", [(date(2026, 11, 23), date(2027, 1, 1)), (date(2026, 1, 1), date(2026, 11, 21))]
)
def test_what_does_not_hold_today_is_not_presented(dates):
    with pytest.raises(PowerDatesWrong):
        replace(POWER, valid_from=dates[0], valid_until=dates[1]).entered(ZONE)


def test_a_decision_is_made_once():
    assert WAITING.confirmed(STAFF, NOON, ZONE).status is PowerStatus.ACTIVE
    refused = WAITING.refused(STAFF, NOON, "чужая")
    assert (refused.status, refused.reason) == (PowerStatus.REFUSED, "чужая")
    for decided in (refused, POWER):
        with pytest.raises(PowerDecided):
            decided.confirmed(STAFF, NOON, ZONE)
        with pytest.raises(PowerDecided):
            decided.refused(STAFF, NOON, "x")
    with pytest.raises(PowerDatesWrong):
        WAITING.confirmed(STAFF, NOON + timedelta(days=1), ZONE)


def test_the_same_id_is_the_same_power():
    assert POWER.same_as(replace(WAITING, codes=frozenset())) is POWER
    with pytest.raises(PowerIdTaken):
        POWER.same_as(replace(POWER, user_id=UserId(uuid4())))


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (active(TODAY, "SEE"), PowerStatus.ACTIVE),
        (active(date(2026, 11, 21), "SEE"), PowerStatus.EXPIRED),
        (RegisterAnswer(standing=Standing.REVOKED), PowerStatus.REVOKED),
        (RegisterAnswer(standing=Standing.NOT_FOUND), PowerStatus.REVOKED),
        (RegisterAnswer(standing=Standing.EXPIRED), PowerStatus.EXPIRED),
        (RegisterAnswer(standing=Standing.UNREACHABLE), PowerStatus.ACTIVE),
        (None, PowerStatus.ACTIVE),
    ],
)
def test_the_registers_word(answer, status):
    assert POWER.checked(answer, NOON, ZONE).status is status


def test_the_registers_word_changes_what_is_covered():
    checked = POWER.checked(active(date(2027, 1, 1), "SEE"), NOON + timedelta(seconds=1), ZONE)
    assert (checked.codes, checked.valid_until) == (frozenset({"SEE"}), date(2027, 1, 1))
    assert checked.checked_at == NOON + timedelta(seconds=1)


def test_dates_end_a_power_without_any_answer_and_the_end_is_final():
    over = POWER.checked(None, NOON + timedelta(days=1), ZONE)
    assert over.status is PowerStatus.EXPIRED
    assert over.checked(active(date(2027, 1, 1), "PAY"), NOON, ZONE) is over
    assert over.revoked(STAFF, NOON) is over


def test_a_word_is_fresh_for_a_while_and_holds_a_little_longer_in_silence():
    soon, late = NOON + timedelta(seconds=300), NOON + timedelta(seconds=14400)
    assert not POWER.needs_check(soon - timedelta(seconds=1), TERMS)
    assert POWER.needs_check(soon, TERMS)
    assert not replace(POWER, kind=PowerKind.PAPER).needs_check(late, TERMS)
    POWER.check_held(late - timedelta(seconds=1), TERMS)
    with pytest.raises(PowerUnchecked):
        POWER.check_held(late, TERMS)


def test_the_membership_is_nothing_above_the_power():
    member = POWER.membership(NOON, TERMS, ZONE)
    assert member.role is MemberRole.REPRESENTATIVE
    assert member.scopes == {Scope.SEE, Scope.PAY}
    assert member.valid_until == POWER.ends_at(ZONE)


def member(role: MemberRole, scopes=OWNER_SCOPES) -> Membership:
    return Membership(
        account_id=POWER.account_id, user_id=UserId(uuid4()), scopes=scopes, role=role, added_at=NOON
    )


def test_the_last_administrator_of_a_company_does_not_leave():
    admin, accountant = member(MemberRole.COMPANY_ADMIN), member(MemberRole.ACCOUNTANT, {Scope.SEE})
    with pytest.raises(LastAdministrator):
        circle(admin, accountant).check_leaving(admin.user_id, NOON)
    circle(admin, accountant).check_leaving(accountant.user_id, NOON)
    circle(admin, member(MemberRole.COMPANY_ADMIN)).check_leaving(admin.user_id, NOON)


def test_a_right_by_power_is_neither_given_nor_changed_by_invitation():
    admin, acting = member(MemberRole.COMPANY_ADMIN), member(MemberRole.REPRESENTATIVE, {Scope.PAY})
    assert MemberRole.REPRESENTATIVE not in MOST_SCOPES
    with pytest.raises(RoleNotGiven):
        Grant(role=MemberRole.REPRESENTATIVE, scopes=frozenset({Scope.SEE})).checked_by(admin, NOON)
    with pytest.raises(RightOfPower):
        circle(admin, acting).changed(
            admin.user_id,
            acting.user_id,
            Grant(role=MemberRole.ACCOUNTANT, scopes=frozenset({Scope.SEE})),
            NOON,
        )


def circle(*members: Membership) -> Circle:
    return Circle(account_id=POWER.account_id, members=members)


@pytest.mark.parametrize(
    ("status", "body", "standing"),
    [
        (200, {"status": "active", "powers": ["PAY"], "valid_until": "2027-12-31"}, Standing.ACTIVE),
        (200, {"status": "revoked"}, Standing.REVOKED),
        (200, {"status": "expired"}, Standing.EXPIRED),
        (200, {"status": "active"}, Standing.UNREACHABLE),
        (200, {"status": "odd"}, Standing.UNREACHABLE),
        (404, {}, Standing.NOT_FOUND),
        (500, {}, Standing.UNREACHABLE),
    ],
)
async def test_the_gateways_answers(status, body, standing):
    asked = []

    def gateway(request):
        asked.append(request)
        return httpx.Response(status, json=body)

    async with httpx.AsyncClient(transport=httpx.MockTransport(gateway)) as http:
        register = HttpPowerRegister(http, "http://register.example/v1/", "secret")
        answer = await register.check(UUID(int=1), "7707083893", "500100732259")
    assert answer.standing is standing
    assert str(asked[0].url) == (
        f"http://register.example/v1/powers/{UUID(int=1)}"
        "?issuer_inn=7707083893&representative_inn=500100732259"
    )
    assert asked[0].headers["Authorization"] == "Bearer secret"


async def test_a_silent_register_is_unreachable():
    def gateway(request):
        raise httpx.ConnectTimeout("slow")

    async with httpx.AsyncClient(transport=httpx.MockTransport(gateway)) as http:
        answer = await HttpPowerRegister(http, "http://register.example", "").check(UUID(int=1), "1", "2")
    assert answer.standing is Standing.UNREACHABLE
    assert (await NoPowerRegister().check(UUID(int=1), "1", "2")).standing is Standing.UNREACHABLE
