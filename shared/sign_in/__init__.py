"""Signs in clients that Entra does not know: an OAuth 2.0 authorization server in front of Entra.

It issues no tokens of its own: clients get the access tokens that Entra issues for this server.
"""
