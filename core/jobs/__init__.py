"""Background work: what becomes of a job, and looking after it."""
