"""The demo: sixty events over eight weeks in four cities, and the people who go to them."""
