"""Entries of calendars, written with icalendar."""
