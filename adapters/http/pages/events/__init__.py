"""The page of an event and what belongs to it: pictures, calendar file, registration without an account."""
