"""Notifications per second compared with plain requests to the same receiver (P8)."""
