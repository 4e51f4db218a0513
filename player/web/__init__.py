"""Tell the world: the addresses that pages, readers and monitors ask."""
