"""The WebSocket at `/ws`: who is connected, what they watch, and what they are sent."""
