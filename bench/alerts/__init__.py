"""How soon an event finds those who want to know of it, among many who do not (P9)."""
