"""How fast bookings are, against what the machine and the house could do at all (P1 to P4)."""
