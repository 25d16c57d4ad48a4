"""Ends at once: asked only whether there is a Python with what a test needs."""

print("{}")
