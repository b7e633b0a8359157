"""Pages compared with the API's answers of the same data, their size, and when a phone shows them (P13)."""
