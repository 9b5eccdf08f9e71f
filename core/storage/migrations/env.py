"""Alembic's entry: the connection and its transaction come from ``core.storage.migrate``."""

from alembic import context

from core.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
