"""Which worker probes a source now, and until when nobody else does."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("verdicts", sa.Column("leased_by", sa.String(64)))
    op.add_column("verdicts", sa.Column("leased_until", sa.DateTime(timezone=True)))
    # In both directions: the longest due first, and of what was never probed the newest.
    op.drop_index("ix_verdicts_due_at", "verdicts")
    op.create_index("ix_verdicts_due_at", "verdicts", ["due_at", "source_id"])


def downgrade() -> None:
    op.drop_index("ix_verdicts_due_at", "verdicts")
    op.create_index("ix_verdicts_due_at", "verdicts", ["due_at"])
    op.drop_column("verdicts", "leased_until")
    op.drop_column("verdicts", "leased_by")
