"""Booking: allocating the places of events, with payments, waitlists and tickets."""
