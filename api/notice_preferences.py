"""What a person wants to hear, by which channel, at what hours."""

from datetime import datetime, time
from typing import Annotated, Any, Self

import msgspec
from litestar import Request, Router, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from api.identity import Entry
from api.problems import responses
from api.texts import language_of, translated
from domain.kernel.access import Actor
from domain.kernel.ids import UserId
from domain.notices.allowing import ConsentStanding
from domain.notices.kinds import KINDS
from domain.notices.preferences import Hours, SwitchedBy
from domain.notices.words import Basis, Channel
from services.notices.preferences import Choice, PreferenceService, Standing
from services.repeating import repeated

Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["21:00"])]


class SwitchOut(msgspec.Struct, frozen=True, kw_only=True):
    """`is_on`: your choice, or ours where you made none (`chosen_at` is null). `is_sent` is false where it
    does not come all the same: `consent` says what became of the consent to that channel. A kind whose
    `basis` is consent needs it; one of the contract comes until it is withdrawn."""

    kind: str
    title: str
    channel: Channel
    is_on: bool
    is_sent: bool
    basis: Basis
    consent: ConsentStanding
    chosen_at: datetime | None
    chosen_by: SwitchedBy | None


class QuietHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By your clock; over midnight where `until` is earlier than `start`."""

    start: Clock
    until: Clock


class PreferencesOut(msgspec.Struct, frozen=True, kw_only=True):
    """`zone` null: the region's. In `quiet_hours` only what you have just asked for is sent."""

    zone: str | None
    quiet_hours: QuietHours | None
    kinds: list[SwitchOut]

    @classmethod
    def of(cls, standing: Standing, language: str) -> Self:
        preferences, quiet = standing.preferences, standing.quiet
        return cls(
            zone=preferences.zone,
            quiet_hours=QuietHours(f"{quiet.start:%H:%M}", f"{quiet.until:%H:%M}") if quiet else None,
            kinds=[_switch(standing, kind, channel, language) for kind in KINDS for channel in Channel],
        )


class ChoiceIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Annotated[str, Meta(max_length=100)]
    is_on: bool
    channel: Channel = Channel.EMAIL


class PreferencesIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`kinds` not named stay as they are; `zone` and `quiet_hours` are set as given."""

    zone: Annotated[str, Meta(max_length=64)] | None = None
    quiet_hours: QuietHours | None
    kinds: Annotated[list[ChoiceIn], Meta(max_length=100)] = []


@get("/me/notice-preferences", opt={"access": Entry.CUSTOMER}, responses=responses(401, 403))
async def get_preferences(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    preference_service: NamedDependency[PreferenceService],
) -> PreferencesOut:
    """What I want to hear, by which channel, at what hours."""
    return PreferencesOut.of(await preference_service.of(UserId(actor.id)), _language(request))


@put("/me/notice-preferences", opt={"access": Entry.CUSTOMER}, responses=responses(401, 403, 404, 422))
async def change_preferences(
    request: Request[Any, Any, Any],
    data: JSONBody[PreferencesIn],
    actor: NamedDependency[Actor],
    preference_service: NamedDependency[PreferenceService],
) -> PreferencesOut:
    """Turn kinds of notices on or off; set the time zone and the quiet hours."""
    quiet = data.quiet_hours
    hours = (
        Hours(start=time.fromisoformat(quiet.start), until=time.fromisoformat(quiet.until)) if quiet else None
    )
    choices = [Choice(kind=one.kind, channel=one.channel, is_on=one.is_on) for one in data.kinds]
    standing = await repeated(lambda: preference_service.change(UserId(actor.id), choices, data.zone, hours))
    return PreferencesOut.of(standing, _language(request))


def _switch(standing: Standing, kind: str, channel: Channel, language: str) -> SwitchOut:
    words, consent = KINDS[kind], standing.consents[channel]
    is_on = standing.preferences.allows(words, channel)
    needs = words.basis is Basis.CONSENT
    agreed = consent is ConsentStanding.GIVEN if needs else consent is not ConsentStanding.WITHDRAWN
    chosen = standing.preferences.switch(kind, channel)
    return SwitchOut(
        kind=kind,
        title=translated(language, words.title),
        channel=channel,
        is_on=is_on,
        is_sent=is_on and agreed,
        basis=words.basis,
        consent=consent,
        chosen_at=chosen.at if chosen else None,
        chosen_by=chosen.by if chosen else None,
    )


def _language(request: Request[Any, Any, Any]) -> str:
    return language_of(request.headers.get("accept-language"))


notice_preferences = Router("/", tags=["notices"], route_handlers=[get_preferences, change_preferences])
