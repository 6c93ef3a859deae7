"""Runs migrations on the connection that tzurot.storage.migrations hands over."""

from alembic import context
from sqlalchemy import Connection

from tzurot.storage.tables import Base

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
# The caller holds the transaction and the lock.
context.run_migrations()
