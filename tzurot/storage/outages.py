"""Faults of a database that is away for a while, told from those of what it was asked."""

from __future__ import annotations

from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

FAULTS: Final = (OSError, SQLAlchemyError, asyncpg.InterfaceError, asyncpg.PostgresError)
"""Whatever comes of a database that does not serve us."""
_PASSING: Final = {"08", "25", "40", "53", "55", "57", "58"}
"""Classes of PostgreSQL's errors that say nothing about the statement. Source: its appendix A."""


def may_pass(error: BaseException) -> bool:
    """Whether the database is away or busy, rather than refusing what it was asked."""
    if not isinstance(error, FAULTS):
        return False
    if not isinstance(error, StatementError):
        return True
    is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return is_lost or str(getattr(error.orig, "sqlstate", None))[:2] in _PASSING
