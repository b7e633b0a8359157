"""Figures about events and bookings, for the public, for organizers and for admins. Above the slices that it counts."""
