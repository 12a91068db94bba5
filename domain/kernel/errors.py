"""The ways the core says no. `api/problems.py` turns each into one HTTP answer.

A refusal is a class. Its `code` is stable and public. `text` and `remedy` are English message ids
of the gettext catalogue, with `{name}` places filled from the keyword arguments.
"""

from typing import ClassVar


class Refusal(Exception):
    """A rule of the business was not met.

    `field` is the dotted path of the input at fault ("amount.kopecks"), where there is one.
    """

    code: ClassVar[str] = "refused"
    text: ClassVar[str] = "The request was refused"
    remedy: ClassVar[str] = ""

    def __init__(self, *, field: str | None = None, **params: object) -> None:
        super().__init__(self.text.format(**params))
        self.field = field
        self.params = params


class NotFound(Refusal):
    code = "not-found"
    text = "Nothing is found at this address"


class Conflict(Refusal):
    code = "conflict"
    text = "The request contradicts what is already kept"


class Forbidden(Refusal):
    code = "forbidden"
    text = "This is not allowed to you"


class Unauthenticated(Refusal):
    code = "unauthenticated"
    text = "Sign in first"
    remedy = "Send a valid access token in the Authorization header"


class Invalid(Refusal):
    code = "invalid"
    text = "The request cannot be accepted as it stands"


class TooMany(Refusal):
    """`retry_after_seconds` among the params becomes the Retry-After header."""

    code = "too-many-requests"
    text = "Too many attempts"
    remedy = "Wait and try again"


class Unavailable(Refusal):
    code = "unavailable"
    text = "The service cannot answer now"
    remedy = "Repeat the same request a little later"


class TryAgain(Unavailable):
    """Two requests met (a deadlock, a serialization failure, a migration): nothing was kept."""

    code = "busy"
    text = "Another request came in between"


class OutcomeUnknown(Unavailable):
    """The connection was lost while committing: the work is done or it is not.

    Whoever asks repeats the same request with the same id and learns which.
    """

    code = "outcome-unknown"
    text = "It is not known whether the request was carried out"
    remedy = "Repeat the same request with the same id"
