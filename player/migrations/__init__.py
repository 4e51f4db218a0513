"""Alembic's scripts. `player.database.open_engine` runs them; there is nothing to run by hand."""
