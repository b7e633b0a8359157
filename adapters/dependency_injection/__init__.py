"""dependency-injector: building use cases from the types of their fields."""
