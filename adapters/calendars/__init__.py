"""Calendar entries as iCalendar files, written with icalendar."""
