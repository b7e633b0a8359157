"""What all pages use: who may open them, forms, rendering, static files."""
