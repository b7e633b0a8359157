"""Finding events elsewhere: pages are fetched, parsers read listings out of them, ingest stores what can be trusted."""
