"""What is remembered of a source beside its verdict, and the host that it lies on."""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("verdicts", sa.Column("memory", sa.JSON(none_as_null=True)))
    op.add_column("sources", sa.Column("host", sa.String(262), nullable=False, server_default=""))
    _fill_hosts()
    op.create_index("ix_sources_host", "sources", ["host"])


def _fill_hosts() -> None:
    sources = sa.table("sources", sa.column("id"), sa.column("src"), sa.column("host"))
    connection, last = op.get_bind(), 0
    page = sa.select(sources.c.id, sources.c.src).order_by(sources.c.id).limit(1000)
    by_id = sa.update(sources).where(sources.c.id == sa.bindparam("the_id"))
    while rows := connection.execute(page.where(sources.c.id > last)).all():
        connection.execute(by_id, [{"the_id": row.id, "host": urlsplit(row.src).netloc.lower()[-262:]} for row in rows])
        last = rows[-1].id


def downgrade() -> None:
    op.drop_index("ix_sources_host", "sources")
    op.drop_column("sources", "host")
    op.drop_column("verdicts", "memory")
