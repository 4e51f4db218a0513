"""What every item counts as, and the sums.

Every item begins as one that counts as nothing and is to be looked at, so that this revision is a matter of seconds
whatever the catalogue's size: whoever sweeps counts them, some at a time, and until then the old way of counting is
what answers.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TIME = sa.DateTime(timezone=True)
PAGE = 10_000  # items that one statement takes
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = ["media_id", "kind", "lang", "reason", "sources", "since", "until"]


def upgrade() -> None:
    op.create_table(
        "standings",
        sa.Column("media_id", sa.String(128), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("lang", sa.String(64), nullable=False),
        sa.Column("severity", sa.Integer),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("sources", sa.JSON, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "counts",
        sa.Column("scope", sa.String(8), primary_key=True),
        sa.Column("name", sa.String(262), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("state", sa.String(16), primary_key=True),
        sa.Column("reason", sa.String(32), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("dead", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "latest",
        sa.Column("what", sa.String(16), primary_key=True),
        sa.Column("at", TIME, nullable=False),
    )
    _fill()
    op.create_index("ix_standings_kind", "standings", ["kind", "severity", "media_id"])
    op.create_index("ix_standings_since", "standings", ["since"])
    op.create_index("ix_standings_until", "standings", ["until"])
    op.create_index("ix_counts_dead", "counts", ["scope", "kind", "dead", "number", "name"])


def _fill() -> None:
    verdicts = sa.table("verdicts", sa.column("checked_at", TIME))
    latest = sa.table("latest", sa.column("what", sa.String), sa.column("at", TIME))
    probed = sa.select(
        sa.literal("probe"), sa.func.coalesce(sa.func.max(verdicts.c.checked_at), sa.literal(NEVER, TIME))
    )
    op.get_bind().execute(sa.insert(latest).from_select(["what", "at"], probed))

    media = sa.table("media", sa.column("id", sa.String), sa.column("kind", sa.String), sa.column("lang", sa.String))
    standings = sa.table("standings", *(sa.column(name) for name in COLUMNS))
    rows = sa.select(
        *(media.c.id, media.c.kind, sa.func.coalesce(media.c.lang, ""), sa.literal("", sa.String)),
        *(sa.literal([], sa.JSON), sa.literal(NEVER, TIME), sa.literal(NEVER, TIME)),
    )
    after, connection = "", op.get_bind()
    while (last := _last(connection, media, after)) is not None:
        page = rows.where(media.c.id > after, media.c.id <= last)
        connection.execute(sa.insert(standings).from_select(COLUMNS, page))
        after = last


def _last(connection: sa.Connection, media: sa.TableClause, after: str) -> str | None:
    """The last id of the page that follows; None where there is nothing more."""
    ids = sa.select(media.c.id).where(media.c.id > after)
    full = connection.execute(ids.order_by(media.c.id).offset(PAGE - 1).limit(1)).scalar()
    last: str | None = full or connection.execute(ids.order_by(media.c.id.desc()).limit(1)).scalar()
    return last


def downgrade() -> None:
    for table in ("latest", "counts", "standings"):
        op.drop_table(table)
