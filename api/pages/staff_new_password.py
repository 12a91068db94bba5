"""Somebody of the staff chooses a new password by the one-time reset that an administrator gave out."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body

from api.identity import Entry, client_ip
from api.pages.forms import Typed
from api.pages.office_forms import converted
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.problems import status_of
from api.staff_passwords import StaffPassword
from domain.kernel.errors import Refusal
from services.people.staff_passwords import StaffPasswords
from services.repeating import repeated

_PLACE = "/staff/new-password"


class NewPasswordForm(msgspec.Struct, frozen=True):
    reset: Typed = ""
    password: Typed = ""


@get(_PLACE, opt={"access": Entry.OPEN})
async def show_new_password(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "staff_new_password.html", refusal=None)


@post(_PLACE, opt={"access": Entry.OPEN})
async def choose_new_password(
    request: Request[Any, Any, Any],
    data: Annotated[NewPasswordForm, Body(media_type=URL_ENCODED)],
    staff_passwords: NamedDependency[StaffPasswords],
) -> Response[Any]:
    """Then to sign in by it and the second factor. What was typed is not shown again."""
    try:
        told = converted({"reset": data.reset.strip(), "password": data.password}, StaffPassword)
        ip = client_ip(request)
        await repeated(partial(staff_passwords.set_password, told.reset, told.password, ip=ip))
    except Refusal as refusal:
        told_why = in_words(request, refusal)
        return page(request, "staff_new_password.html", status=status_of(refusal), refusal=told_why)
    return see_other("/sign-in?next=/office")


HANDLERS = [show_new_password, choose_new_password]
