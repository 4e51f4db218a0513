"""What is held of a source at each vantage point, and which of those there are."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sightings",
        sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
        sa.Column("vantage", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("checked_at", TIME, nullable=False),
        sa.Column("fresh_until", TIME, nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("ms", sa.Float, nullable=False),
        sa.Column("memory", sa.JSON(none_as_null=True)),
        sa.Column("leased_by", sa.String(64)),
        sa.Column("leased_until", TIME),
        sa.PrimaryKeyConstraint("source_id", "vantage"),
    )
    op.create_index("ix_sightings_due_at", "sightings", ["vantage", "due_at", "source_id"])
    op.create_index("ix_sightings_state", "sightings", ["vantage", "state"])
    op.create_table(
        "vantages",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("down", sa.JSON, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("vantages")
    op.drop_table("sightings")
