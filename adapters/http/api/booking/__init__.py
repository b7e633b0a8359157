"""Booking over HTTP: bookings, tickets, seats."""
