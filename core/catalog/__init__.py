"""Events and the areas they take place in: making, changing, finding them."""
