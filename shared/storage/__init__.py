"""Stores what outlives a call: the preferences of users."""
