"""How a power of attorney is refused."""

from domain.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class PowerNotValid(Forbidden):
    code = "power-of-attorney-not-valid"
    text = "The power of attorney is not valid, or not any more"
    remedy = "Present a valid power of attorney of the company"


class PowerNotAccepted(Invalid):
    """One answer whether there is such an account or not."""

    code = "power-of-attorney-not-accepted"
    text = "The power of attorney and the contract account do not fit together"
    remedy = "Copy the number of the contract account and the company's INN exactly"


class PowerUnchecked(Unavailable):
    code = "power-of-attorney-unchecked"
    text = "The register of powers of attorney does not answer, and its last answer is too old"
    remedy = "Repeat the request later, or ask somebody of the company whose right needs no register"


class PowerIncomplete(Invalid):
    code = "power-of-attorney-incomplete"
    text = "The power of attorney is not described completely"
    remedy = "A machine-readable one needs its GUID; a paper one its number, powers and SHA-256 of its scan"


class PowerDatesWrong(Invalid):
    code = "power-of-attorney-dates"
    text = "The power of attorney does not hold today"
    remedy = "Present one that has begun and has not ended"


class PowerCoversNothing(Invalid):
    code = "power-of-attorney-covers-nothing"
    text = "The power of attorney gives no right that is used here"
    remedy = "Have one made out that names what you shall do here"


class PowerNotFound(NotFound):
    code = "power-of-attorney-not-found"
    text = "There is no such power of attorney"


class PowerIdTaken(Conflict):
    code = "power-of-attorney-id-taken"
    text = "Another power of attorney already has this id"
    remedy = "Make a fresh id for a new power of attorney"


class PowerPresented(Conflict):
    code = "power-of-attorney-presented"
    text = "You act on the account already, or a power of attorney of yours waits to be confirmed"
    remedy = "End that right or withdraw that power of attorney first"


class PowerDecided(Conflict):
    code = "power-of-attorney-decided"
    text = "The power of attorney is decided upon already"
    remedy = "Present a new one"
