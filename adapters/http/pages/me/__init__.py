"""Pages of members: what is next, bookings, inbox, alerts, profile, sessions, and their data."""
