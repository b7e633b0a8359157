"""Events and the areas they take place in: creating, changing and finding them."""
