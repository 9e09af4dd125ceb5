"""Reads claims, trains and exports the v2 model, and compares it with the supplied one. Not in the images."""
