"""Measures the figures of a platform with many bookings."""
