"""How long it takes to match an event against many saved searches (P9)."""
