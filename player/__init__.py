"""Steady Player: a media player for article pages, and a backend that knows whether the media plays."""
