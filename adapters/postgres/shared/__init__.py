"""What the stores of all slices are built on: engine, unit of work, migrations."""
