"""What a person is told instead of a traceback."""

import sys

from infra.errors import OperatorError

_START_DATABASE = "Start it (`kabinet run` starts the embedded one) or set DATABASE_URL."


def explained(error: BaseException) -> str | None:
    """What is wrong and what to do, for trouble that is to be expected; None for our own mistakes."""
    if isinstance(error, OperatorError):
        return str(error)
    if isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        return explained(error.exceptions[0])
    if isinstance(error, PermissionError):
        return f"{error.strerror}: {error.filename}. Run as the user who owns it, or set KABINET_DATA."
    if "asyncpg" not in sys.modules:
        return None
    if isinstance(error, ConnectionError | FileNotFoundError) and _while_connecting(error):
        return f"The database does not answer ({error}). {_START_DATABASE}"
    return _of_database(error)


def _while_connecting(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace:
        if "asyncpg" in trace.tb_frame.f_code.co_filename:
            return True
        trace = trace.tb_next
    return False


def _of_database(error: BaseException) -> str | None:
    import asyncpg

    if isinstance(error, asyncpg.UndefinedTableError | asyncpg.InvalidSchemaNameError):
        return f"The database's schema is not complete ({error}). Run `kabinet migrate`."
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError | asyncpg.InvalidCatalogNameError):
        return f"The database refuses ({error}). Check the user, password and database in DATABASE_URL."
    if isinstance(error, asyncpg.CannotConnectNowError | asyncpg.TooManyConnectionsError):
        return f"The database is not taking connections now ({error}). Try again in a moment."
    return None
