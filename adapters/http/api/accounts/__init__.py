"""Accounts over HTTP: sign-up, sessions, profiles, administration."""
