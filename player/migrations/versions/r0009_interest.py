"""What readers ask for now."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "interest",
        sa.Column("media_id", sa.String(128), sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("interest")
