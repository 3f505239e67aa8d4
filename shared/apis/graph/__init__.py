"""Holds the Microsoft Graph client, and the requests and models of its resources."""
