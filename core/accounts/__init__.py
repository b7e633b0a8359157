"""Accounts: signing up, signing in, sessions and roles."""
