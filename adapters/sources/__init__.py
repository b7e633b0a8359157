"""Pages of other sites: how they are had, and how events are read out of them."""
