"""The pages of admins: what needs attention, and a list of everything."""
