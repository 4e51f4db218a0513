"""An index of the transitions from and to a dead source, by item: whether one was ever dead is asked very often."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

DEATHS = sa.text("state = 'unavailable' OR from_state = 'unavailable'")


def upgrade() -> None:
    op.create_index(
        "ix_transitions_deaths", "transitions", ["media_id", "at"], sqlite_where=DEATHS, postgresql_where=DEATHS
    )


def downgrade() -> None:
    op.drop_index("ix_transitions_deaths", "transitions")
