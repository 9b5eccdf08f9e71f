"""Replies of which a receipt said that their address takes nothing any more are found at once.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    gone = sa.text("delivery = 'gone'")
    op.create_index("ix_outbox_pieces_gone", "outbox_pieces", ["outbox_id"], postgresql_where=gone, sqlite_where=gone)
