"""Public reads, compared with a GET that does nothing."""
