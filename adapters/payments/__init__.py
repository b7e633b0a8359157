"""The shipped payment gateway: it simulates one, and keeps its own books."""
