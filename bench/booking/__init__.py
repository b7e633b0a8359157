"""Bookings per second compared with requests that do nothing, and the latency of other requests (P1 to P4)."""
