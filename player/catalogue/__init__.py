"""What there is: items, their sources and tracks."""
