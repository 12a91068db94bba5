"""What a person wants to hear: said in the cabinet, or by the link of a letter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import msgspec

from domain.kernel.calendar import business_day
from domain.kernel.ids import UserId
from domain.notices.allowing import ConsentStanding, standing
from domain.notices.kinds import kind_named
from domain.notices.preferences import Hours, HourTerms, Preferences, SwitchedBy
from domain.notices.stopping import Stop, StopLinkWrong
from domain.notices.words import Channel
from domain.store import Store, Transaction


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A kind to be turned on or off."""

    kind: str
    channel: Channel
    is_on: bool


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A person's preferences with what holds where they chose nothing."""

    preferences: Preferences
    consents: dict[Channel, ConsentStanding]
    quiet: Hours | None


@dataclass(frozen=True, slots=True)
class PreferenceService:
    """`key` signs the links that stop, and what `previous_key` has signed is read too: letters are kept for
    years. `zone` is the region's."""

    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo
    key: bytes
    previous_key: bytes | None = None

    async def of(self, user_id: UserId) -> Standing:
        async with self.transaction() as store:
            return await self._standing(store, await store.notice_preferences.of(user_id))

    async def change(
        self, user_id: UserId, choices: Sequence[Choice], zone: str | None, quiet: Hours | None
    ) -> Standing:
        """ZoneUnknown, HoursWrong, KindNotFound."""
        async with self.transaction() as store:
            changed = (await store.notice_preferences.locked(user_id)).with_hours(zone, quiet)
            for one in choices:
                changed = changed.switched(
                    one.kind, one.channel, SwitchedBy.CABINET, self.now(), is_on=one.is_on
                )
            await store.notice_preferences.save(changed)
            return await self._standing(store, changed)

    def read_link(self, token: str) -> Stop:
        """What the link would stop. StopLinkWrong."""
        stop = self._read(token)
        kind_named(stop.kind)
        return stop

    def _read(self, token: str) -> Stop:
        try:
            return Stop.read(token, self.key)
        except StopLinkWrong:
            if self.previous_key is None:
                raise
            return Stop.read(token, self.previous_key)

    async def locale(self, stop: Stop) -> str:
        """The language of whoever the link was written to; of the erased ours."""
        async with self.transaction() as store:
            customer = await store.customers.by_id(stop.user_id)
        return customer.locale if customer else ""

    async def stop(self, token: str) -> Stop:
        """No more of these. Repeated, or for somebody who is gone, it changes nothing. StopLinkWrong."""
        stop = self.read_link(token)
        async with self.transaction() as store:
            if await store.customers.by_id(stop.user_id):
                before = await store.notice_preferences.locked(stop.user_id)
                after = before.switched(
                    stop.kind, stop.channel, SwitchedBy.ONE_CLICK, self.now(), is_on=False
                )
                if after is not before:
                    await store.notice_preferences.save(after)
        return stop

    async def _standing(self, store: Store, preferences: Preferences) -> Standing:
        terms = await store.terms.at(HourTerms, business_day(self.now(), self.zone))
        consents = await store.consents.of_user(preferences.user_id)
        return Standing(
            preferences=preferences,
            consents={channel: standing(channel, consents) for channel in Channel},
            quiet=preferences.quiet if preferences.is_quiet_chosen else terms.quiet,
        )
