"""dependency-injector: the parts of the container, and use cases built from the types of their fields."""
