"""Declares the resources clients can read by URI, and links results to them."""
