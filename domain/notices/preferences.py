"""What a person wants to hear, by which channel, and at what hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import ClassVar, Protocol
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import Invalid
from domain.kernel.ids import UserId
from domain.kernel.terms import Term
from domain.notices.kinds import kind_named
from domain.notices.words import Channel, Words


class ZoneUnknown(Invalid):
    code = "time-zone-unknown"
    text = "There is no such time zone"
    remedy = "Give a name such as Asia/Yekaterinburg, or null for the region's own"


class HoursWrong(Invalid):
    code = "quiet-hours-wrong"
    text = "Quiet hours must begin and end at different times"
    remedy = "Give null to have none"


class SwitchedBy(StrEnum):
    CABINET = "cabinet"
    ONE_CLICK = "one-click"
    """By the link of a letter, without signing in (RFC 8058)."""


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """From `start` to `until` by the person's clock, over midnight where `until` is the earlier."""

    start: time
    until: time

    def over_at(self, at: datetime, zone: tzinfo) -> datetime:
        """`at` itself outside of these hours; within them, the moment they end."""
        local = at.astimezone(zone)
        clock = local.time().replace(tzinfo=None)
        is_over_midnight = self.until <= self.start
        inside = (
            clock >= self.start or clock < self.until
            if is_over_midnight
            else self.start <= clock < self.until
        )
        if not inside:
            return at
        day = local.date() + timedelta(days=1 if is_over_midnight and clock >= self.start else 0)
        return datetime.combine(day, self.until, zone).astimezone(UTC)


class HourTerms(Term, frozen=True, kw_only=True):
    """When nobody who did not choose is written to."""

    name: ClassVar[str] = "notices.quiet-hours"

    quiet: Hours


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """A kind turned on or off by its reader."""

    kind: str
    channel: Channel
    is_on: bool
    at: datetime
    by: SwitchedBy


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """Of one person. `zone` None: the region's. `quiet` None: no quiet hours; `is_quiet_chosen` says
    whether that was the person's wish, else those of the terms hold."""

    user_id: UserId
    zone: str | None = None
    is_quiet_chosen: bool = False
    quiet: Hours | None = None
    switches: tuple[Switch, ...] = ()

    def allows(self, words: type[Words], channel: Channel) -> bool:
        switch = self.switch(str(words.__struct_config__.tag), channel)
        return switch.is_on if switch else words.is_on

    def switch(self, kind: str, channel: Channel) -> Switch | None:
        return next((one for one in self.switches if (one.kind, one.channel) == (kind, channel)), None)

    def switched(
        self, kind: str, channel: Channel, by: SwitchedBy, at: datetime, *, is_on: bool
    ) -> Preferences:
        """That kind turned on or off; when it was so already, nothing changes. KindNotFound."""
        words = kind_named(kind)
        if self.allows(words, channel) is is_on:
            return self
        others = tuple(one for one in self.switches if (one.kind, one.channel) != (kind, channel))
        made = Switch(kind=kind, channel=channel, is_on=is_on, at=at, by=by)
        return replace(self, switches=(*others, made))

    def with_hours(self, zone: str | None, quiet: Hours | None) -> Preferences:
        """ZoneUnknown, HoursWrong."""
        if zone is not None and zone not in available_timezones():
            raise ZoneUnknown(field="zone")
        if quiet is not None and quiet.start == quiet.until:
            raise HoursWrong(field="quiet")
        return replace(self, zone=zone, quiet=quiet, is_quiet_chosen=True)

    def zone_or(self, region: tzinfo) -> tzinfo:
        return ZoneInfo(self.zone) if self.zone else region

    def not_before(self, at: datetime, region: tzinfo, terms: HourTerms) -> datetime:
        """`at`, or the end of the quiet hours it falls into."""
        hours = self.quiet if self.is_quiet_chosen else terms.quiet
        return hours.over_at(at, self.zone_or(region)) if hours else at


class PreferenceBook(Protocol):
    async def of(self, user_id: UserId) -> Preferences:
        """Those of a person who never chose are empty."""

    async def locked(self, user_id: UserId) -> Preferences: ...

    async def of_many(self, user_ids: Sequence[UserId]) -> dict[UserId, Preferences]:
        """Of those who ever chose."""

    async def save(self, preferences: Preferences) -> None: ...
