"""What the benchmarks share: pages and the server for them, a browser, traces, measures and a table."""
