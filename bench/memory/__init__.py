"""The memory of an API process after many bookings, and after a day of traffic (P11)."""
