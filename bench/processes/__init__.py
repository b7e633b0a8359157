"""Two API processes on one database, compared with one (P10)."""
