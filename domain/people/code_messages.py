"""What people read beside a code, and what they are told when something of their sign-in has changed.

The texts are Russian: their readers' language comes with the preferences of notices. Whoever cannot use
a code gets a message as well, so that asking costs the same for every phone; the message says what to do
instead, and only the phone's holder reads it.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from domain.kernel.jobs import Job
from domain.people.codes import Purpose

_SECRET = "Никому его не сообщайте."  # noqa: S105 - a sentence
_NO_CABINET = "На этот номер личного кабинета нет. Чтобы открыть его, выберите «Регистрация»."
_HAS_CABINET = "На этот номер уже есть личный кабинет. Войдите в него по коду или задайте новый пароль."

_WITH_CODE: Mapping[Purpose, str] = MappingProxyType(
    {
        Purpose.SIGN_UP: "{code} — код для регистрации в личном кабинете.",
        Purpose.SIGN_IN: "{code} — код для входа в личный кабинет.",
        Purpose.PASSWORD_RESET: "{code} — код, чтобы задать новый пароль личного кабинета.",
        Purpose.PHONE_CHANGE: "{code} — код, чтобы входить в личный кабинет по этому номеру.",
        Purpose.EMAIL_CHANGE: "{code} — код, чтобы получать письма личного кабинета на этот адрес.",
    }
)
_WITHOUT: Mapping[Purpose, str] = MappingProxyType(
    {
        Purpose.SIGN_UP: _HAS_CABINET,
        Purpose.SIGN_IN: _NO_CABINET,
        Purpose.PASSWORD_RESET: _NO_CABINET,
        Purpose.PHONE_CHANGE: f"{_HAS_CABINET} Другой кабинет на него не перевести.",
    }
)


class Channel(StrEnum):
    SMS = "sms"
    MAIL = "mail"


class CodeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message with a code, on its way in memory: it is never kept and never logged."""

    channel: Channel
    to: str
    text: str

    def __repr__(self) -> str:
        return f"CodeMessage({self.channel})"


def code_message(purpose: Purpose, to: str, code: str, *, is_usable: bool) -> CodeMessage:
    """The message with the code; when the code is of no use to the reader, what to do instead."""
    text = f"{_WITH_CODE[purpose].format(code=code)} {_SECRET}" if is_usable else _WITHOUT[purpose]
    return CodeMessage(
        channel=Channel.MAIL if purpose is Purpose.EMAIL_CHANGE else Channel.SMS, to=to, text=text
    )


class Change(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    PASSWORD = "password"  # noqa: S105 - a name
    FACTOR_SET = "second-factor-set"
    FACTOR_REMOVED = "second-factor-removed"


CHANGED: Mapping[Change, str] = MappingProxyType(
    {
        Change.PHONE: "Вход в ваш личный кабинет перенесён с этого номера на другой.",
        Change.EMAIL: "Письма вашего личного кабинета больше не приходят на этот адрес: задан другой.",
        Change.PASSWORD: "Пароль вашего личного кабинета изменён, все другие входы закрыты.",
        Change.FACTOR_SET: "В ваш личный кабинет теперь входят в два шага: включён второй фактор.",
        Change.FACTOR_REMOVED: "Второй фактор вашего личного кабинета отключён: войти можно в один шаг.",
    }
)
IF_NOT_YOU = "Если это сделали не вы, сразу позвоните нам."


class SecurityNotice(Job, frozen=True, kw_only=True, tag="people.security-notice"):
    """Tell the former phone or e-mail, or the present e-mail, what has changed. It holds no secret."""

    change: Change
    channel: Channel
    to: str
