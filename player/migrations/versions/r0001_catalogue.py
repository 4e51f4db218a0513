"""The catalogue, the verdicts and their transitions.

Written out rather than taken from `player.database.metadata`: a revision must stay as it was when the
tables move on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("duration", sa.Float),
        sa.Column("lang", sa.String(64)),
        sa.Column("description", sa.Text),
        sa.Column("poster", sa.Text),
        sa.Column("page", sa.Text),
        sa.Column("transcript", sa.Text),
        sa.Column("published_at", TIME),
        sa.Column("starts_at", TIME),
        sa.Column("expires_at", TIME),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("media_id", sa.String(128), sa.ForeignKey("media.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("src", sa.Text, nullable=False),
        sa.Column("type", sa.Text),
        sa.Column("size", sa.BigInteger),
        sa.Column("bitrate", sa.BigInteger),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.UniqueConstraint("media_id", "src"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tracks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("media_id", sa.String(128), sa.ForeignKey("media.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("src", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("srclang", sa.String(64)),
        sa.Column("label", sa.Text),
        sa.Column("is_default", sa.Boolean, nullable=False),
    )
    op.create_index("ix_tracks_media_id", "tracks", ["media_id"])
    _create_history()


def _create_history() -> None:
    op.create_table(
        "verdicts",
        sa.Column(
            "source_id",
            sa.Integer,
            sa.ForeignKey("sources.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("checked_at", TIME, nullable=False),
        sa.Column("fresh_until", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("ms", sa.Float, nullable=False),
    )
    op.create_index("ix_verdicts_due_at", "verdicts", ["due_at"])
    op.create_table(
        "transitions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("media_id", sa.String(128), nullable=False),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("src", sa.Text, nullable=False),
        sa.Column("from_state", sa.String(16), nullable=False),
        sa.Column("from_reason", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_transitions_media_id", "transitions", ["media_id", "id"])


def downgrade() -> None:
    for table in ("transitions", "verdicts", "tracks", "sources", "media"):
        op.drop_table(table)
