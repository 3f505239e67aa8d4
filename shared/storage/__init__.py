"""Stores the preferences of users."""
