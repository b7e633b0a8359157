"""Pillow: decoding pictures that people upload, and encoding them again, in processes of their own."""
