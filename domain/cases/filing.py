"""Taking a case in: who it is for, how it came, what may be written later of when it came."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from domain.cases.cases import Case, CaseIdTaken, Channel
from domain.cases.forms import Form, Objection
from domain.kernel.access import Actor, ActorKind
from domain.kernel.errors import Invalid

MOST_BACKDATED = timedelta(days=30)
_OWN_CHANNELS = frozenset({Channel.CABINET, Channel.APP})


class KindNotForAccount(Objection):
    code = "case-kind-not-for-account"
    text = "This kind of application is for other customers"
    remedy = "See GET /api/v1/case-kinds for what can be filed on this account"


class ChannelNotYours(Invalid):
    code = "case-channel-not-yours"
    text = "You cannot file by the channel “{channel}”"
    remedy = "Leave the channel out"


class ReceivedAtWrong(Invalid):
    code = "case-received-at-wrong"
    text = "Only the staff say when an application came in, and only of the last {days} days"
    remedy = "Leave the moment out: it is received now"


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """What is filed. `received_at` is set by staff alone, for what came on paper, by letter or by phone and
    is written down later: it has effects in law and money."""

    form: Form
    channel: Channel = Channel.CABINET
    received_at: datetime | None = None

    def checked(self, by: Actor, at: datetime) -> Filing:
        """ChannelNotYours, ReceivedAtWrong."""
        is_customer = by.kind is ActorKind.CUSTOMER
        if is_customer and self.channel not in _OWN_CHANNELS:
            raise ChannelNotYours(field="channel", channel=self.channel)
        if (said := self.received_at) and (is_customer or not at - MOST_BACKDATED <= said <= at):
            raise ReceivedAtWrong(field="received_at", days=MOST_BACKDATED.days)
        return self

    def same_as(self, kept: Case, by: Actor) -> Case:
        """`kept`, when it is what this filing made. CaseIdTaken when it is another's or of other content."""
        mine = (kept.form, kept.channel, kept.by.id) == (self.form, self.channel, by.id)
        if not mine or self.received_at not in (None, kept.received_at):
            raise CaseIdTaken
        return kept
