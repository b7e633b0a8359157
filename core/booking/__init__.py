"""Places: who gets them, and that nobody gets one twice."""
