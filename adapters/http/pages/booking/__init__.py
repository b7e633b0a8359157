"""Pages to book, choose seats, pay, see bookings and tickets, and cancel."""
