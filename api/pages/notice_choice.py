"""What I hear of by which channel, and at what hours nothing comes."""

from collections.abc import Mapping
from datetime import time
from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from api.identity import Entry
from api.notice_preferences import PreferencesOut
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.problems import status_of
from domain.kernel.access import Actor
from domain.kernel.errors import Refusal
from domain.kernel.ids import UserId
from domain.notices.preferences import Hours, HoursWrong
from services.notices.preferences import Choice, PreferenceService
from services.repeating import repeated

_CUSTOMER = {"access": Entry.CUSTOMER}


@get("/profile/notices", opt=_CUSTOMER)
async def show_notices(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    preference_service: NamedDependency[PreferenceService],
) -> Response[str]:
    return await _shown(request, actor, preference_service, None)


@post("/profile/notices", opt=_CUSTOMER)
async def choose_notices(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    preference_service: NamedDependency[PreferenceService],
) -> Response[Any]:
    """A box is named `<kind>@<channel>`. What stands as it was is no choice, and is not kept as one."""
    form = {name: str(value)[:40] for name, value in (await request.form()).items()}
    user_id = UserId(actor.id)
    standing = await preference_service.of(user_id)
    before = PreferencesOut.of(standing, language_for(request)).kinds
    choices = [
        Choice(kind=one.kind, channel=one.channel, is_on=is_on)
        for one in before
        if (is_on := f"{one.kind}@{one.channel}" in form) != one.is_on
    ]
    zone = standing.preferences.zone
    try:
        await repeated(partial(preference_service.change, user_id, choices, zone, _hours(form)))
    except Refusal as refusal:
        return await _shown(request, actor, preference_service, refusal)
    return see_other("/profile/notices?done=yes")


def _hours(form: Mapping[str, str]) -> Hours | None:
    if "quiet" not in form:
        return None
    try:
        return Hours(
            start=time.fromisoformat(form.get("start", "")), until=time.fromisoformat(form.get("until", ""))
        )
    except ValueError as error:
        raise HoursWrong(field="start") from error


async def _shown(
    request: Request[Any, Any, Any],
    actor: Actor,
    service: PreferenceService,
    refusal: Refusal | None,
) -> Response[str]:
    standing = await service.of(UserId(actor.id))
    return page(
        request,
        "profile_notices.html",
        status=status_of(refusal) if refusal else 200,
        part="notices",
        chosen=PreferencesOut.of(standing, language_for(request)),
        done="done" in request.query_params,
        refusal=in_words(request, refusal) if refusal else None,
    )


HANDLERS = [show_notices, choose_notices]
