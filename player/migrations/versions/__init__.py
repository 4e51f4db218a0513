"""One file a revision; the newest one's name stands in `player.database.HEAD`."""
