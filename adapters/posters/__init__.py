"""Pictures drawn for events: posters as SVG, and the PNG pictures that are shown with shared links."""
