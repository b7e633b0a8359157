"""Bookings, seats, tickets and payments on PostgreSQL."""
