"""The invariants of the stored data, and the command that checks them."""
