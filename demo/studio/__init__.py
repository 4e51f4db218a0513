"""What `make_media` makes the demo's media with. Nothing of it runs in the player."""
