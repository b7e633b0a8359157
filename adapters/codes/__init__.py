"""zxing-cpp and Pillow: reading QR codes from pictures."""
