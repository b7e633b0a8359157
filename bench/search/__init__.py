"""Lists and searches of catalogs of different sizes, and what a flood of searches leaves of bookings (P5, P6)."""
