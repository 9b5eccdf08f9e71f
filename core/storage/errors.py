"""What a database driver says, in our words: try again later, or never."""

from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from core.ports import Poison, Unavailable

TRANSLATED = (SQLAlchemyError, UnicodeEncodeError, OSError, TimeoutError)
"""What may be raised while a transaction runs and is no exception of the work itself."""

# SQLSTATE classes (PostgreSQL, appendix A). 22 data exception, 54 program limit exceeded: too large for an index.
REFUSES_THE_DATA = ("22", "54")
# 08 connection, 25006 read-only standby, 28 authorisation, 3D no such database, 40 rollback, 53 resources,
# 55 not in the needed state, 57 operator intervention (shutdown, start-up), 58 system error.
NOT_NOW = ("08", "25006", "28", "3D", "40", "53", "55", "57", "58")
# serialization_failure, deadlock_detected, unique_violation: two drew the same tracking number at the same moment.
RETRY_AT_ONCE = ("40001", "40P01", "23505")


def translate(error: Exception) -> Exception:
    """Poison, Unavailable, or the error itself where it is neither.

    Raise the result ``from None``: drivers put values into their messages, and these may be personal data.
    """
    if isinstance(error, UnicodeEncodeError) or _refuses_the_data(error):
        return Poison("the database refuses the data")
    if isinstance(error, OSError | NoFreeConnection | InterfaceError | OperationalError) or _is_away(error):
        return Unavailable("the database does not answer")
    return error


def is_worth_a_retry(error: Exception) -> bool:
    """Whether the same transaction may succeed when it runs again at once."""
    return _state(error) in RETRY_AT_ONCE


def _refuses_the_data(error: Exception) -> bool:
    """asyncpg refuses a value before it is sent with a ValueError, which SQLAlchemy takes for a broken interface."""
    refused_here = isinstance(error, InterfaceError) and isinstance(getattr(error.orig, "__cause__", None), ValueError)
    return refused_here or isinstance(error, DataError) or _state(error).startswith(REFUSES_THE_DATA)


def _is_away(error: Exception) -> bool:
    broken = isinstance(error, DBAPIError) and error.connection_invalidated
    return broken or _state(error).startswith(NOT_NOW)


def _state(error: Exception) -> str:
    """The SQLSTATE, or empty: SQLite has none."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""
