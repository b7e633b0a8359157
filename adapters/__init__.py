"""Everything that names a library. An adapter knows core and its library; never another adapter or the container."""
