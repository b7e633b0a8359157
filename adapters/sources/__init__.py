"""Pages of other sites: fetching them, and parsing events from them."""
