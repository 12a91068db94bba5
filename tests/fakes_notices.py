"""The ports of notices in memory."""

from collections.abc import Sequence

from domain.kernel.ids import UserId
from domain.notices.notices import Notice, NoticeId
from domain.notices.pace import Pace
from domain.notices.preferences import Preferences
from domain.notices.words import Channel


class FakeNotices:
    def __init__(self) -> None:
        self.kept: dict[tuple[UserId, NoticeId], Notice] = {}

    async def add(self, notices: Sequence[Notice]) -> list[NoticeId]:
        made = []
        for one in notices:
            causes = {(kept.user_id, kept.channel, kept.cause) for kept in self.kept.values()}
            if (one.user_id, one.channel, one.cause) not in causes:
                self.kept[one.user_id, one.id] = one
                made.append(one.id)
        return made

    async def found(self, user_id: UserId, id: NoticeId) -> Notice | None:
        return self.kept.get((user_id, id))

    locked = found

    async def save(self, notice: Notice) -> None:
        self.kept[notice.user_id, notice.id] = notice


class FakePreferences:
    def __init__(self) -> None:
        self.kept: dict[UserId, Preferences] = {}

    async def of(self, user_id: UserId) -> Preferences:
        return self.kept.get(user_id, Preferences(user_id=user_id))

    locked = of

    async def of_many(self, user_ids: Sequence[UserId]) -> dict[UserId, Preferences]:
        return {one: self.kept[one] for one in user_ids if one in self.kept}

    async def save(self, preferences: Preferences) -> None:
        self.kept[preferences.user_id] = preferences


class FakePaces:
    def __init__(self) -> None:
        self.kept: dict[Channel, Pace] = {}

    async def locked(self, channel: Channel) -> Pace:
        return self.kept.get(channel, Pace(channel=channel))

    async def save(self, pace: Pace) -> None:
        self.kept[pace.channel] = pace
