"""How fast notifications are delivered, against how fast the same receiver takes plain requests (P8)."""
