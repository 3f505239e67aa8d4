"""Renders the pages for people, and escapes everything that comes from a request."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from html import escape

from starlette.responses import HTMLResponse, Response

from local.entra.registrations import Application
from local.organisation import User, organisation

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; }
button { font: inherit; display: block; width: 100%; text-align: left; margin: .4rem 0; padding: .6rem; }
small { display: block; opacity: .7; }
"""


def sign_in(
    application: Application, parameters: Mapping[str, str], preselected: User | None, *, mfa: bool
) -> Response:
    """Renders the page to choose a demo user; it repeats the request with the user added."""
    users = sorted(organisation().users, key=lambda user: user != preselected)
    buttons = "".join(
        f'<button name="user" value="{escape(user.alias)}"{" autofocus" if user == preselected else ""}>'
        f"{escape(user.display_name)} ({escape(user.user_principal_name)})"
        f"<small>{escape(user.job_title)}; {escape(user.note)}</small></button>"
        for user in users
    )
    content = (
        f"<p>to continue to <strong>{escape(application.name)}</strong></p>"
        f'<form method="post">{_hidden(parameters)}'
        f'<p><label><input type="checkbox" name="mfa" value="on"{" checked" if mfa else ""}> '
        f"with multi-factor authentication</label></p>{buttons}</form>"
    )
    return _page("Sign in", content)


def admin_consent(
    application: Application, permissions: Iterable[tuple[str, Iterable[str]]], ticket: str
) -> Response:
    """Renders the page that asks an administrator to grant permissions, by resource, for all users."""
    lists = "".join(
        f"<h2>{escape(resource)}</h2><ul>{''.join(f'<li>{escape(name)}</li>' for name in names)}</ul>"
        for resource, names in permissions
    )
    content = (
        f"<p><strong>{escape(application.name)}</strong> ({escape(application.client_id)}) asks to do this "
        f"as any user of {escape(organisation().document['name'])}:</p>{lists}"
        f'<form method="post">{_hidden({"ticket": ticket})}'
        '<button name="decision" value="accept">Accept</button>'
        '<button name="decision" value="cancel">Cancel</button></form>'
    )
    return _page("Permissions requested", content)


def notice(title: str, text: str, status: int = 200) -> Response:
    """Renders a page with a message."""
    return _page(title, f"<p>{escape(text)}</p>", status)


def form_post(redirect_uri: str, parameters: Mapping[str, str]) -> Response:
    """Renders the page that posts an authorization response to the client (Form Post Response Mode)."""
    nonce = secrets.token_urlsafe(12)
    content = (
        f'<form method="post" action="{escape(redirect_uri)}">{_hidden(parameters)}'
        f"<button>Continue</button></form>"
        f'<script nonce="{nonce}">document.forms[0].submit()</script>'
    )
    return _page("Signing in", content, script_nonce=nonce)


def _hidden(parameters: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in parameters.items()
    )


def _page(title: str, content: str, status: int = 200, *, script_nonce: str | None = None) -> Response:
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
    if script_nonce:
        policy += f"; script-src 'nonce-{script_nonce}'"
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{content}</body></html>",
        status,
        {
            "Cache-Control": "no-store",
            "Content-Security-Policy": policy,
            # With no-referrer a browser would send `Origin: null` with the form, which the listener refuses.
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        },
    )
