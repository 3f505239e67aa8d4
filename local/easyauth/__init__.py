"""Runs App Service Authentication ("Easy Auth") in front of an ASGI app, with Entra as the provider.

It answers for the app until a caller brings a valid access token, publishes where such a token
comes from, and tells the app in headers who called. The browser's side (`/.auth/...`, cookies,
token store) is not part of it: only bearer tokens sign anybody in.
"""

from local.easyauth.config import EasyAuthConfig
from local.easyauth.middleware import EasyAuth

__all__ = ["EasyAuth", "EasyAuthConfig"]
