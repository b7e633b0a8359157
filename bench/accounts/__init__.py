"""How many can log in, against what the machine could hash at all, and who waits meanwhile (P7)."""
