"""Renders the pages for people, and escapes everything that comes from a request."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from html import escape

from starlette.responses import HTMLResponse, Response

from local.entra.registrations import Application
from local.organisation import User, organisation

# WCAG 2.2, 1.4.3 and 1.4.11: a contrast of 4.5 to 1 at least for text, of 3 to 1 for borders of controls.
_STYLE = """
:root { color-scheme: light dark;
  --back: #fff; --text: #1f1f1f; --quiet: #595959; --line: #767676; --mark: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --back: #1b1b1b; --text: #f0f0f0; --quiet: #bdbdbd; --line: #8f8f8f; --mark: #8ec5ff; }
}
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); margin: 0; }
main { max-width: 32rem; margin: 0 auto; padding: 2rem 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
h2 { font-size: 1.1rem; margin: 1rem 0 0; }
fieldset { border: 0; margin: 1rem 0; padding: 0; }
legend { font-weight: 600; padding: 0; }
button { font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: .3rem;
  display: block; width: 100%; text-align: left; margin: .5rem 0; padding: .6rem .8rem; cursor: pointer; }
button:hover { border-color: var(--mark); }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
small { display: block; font-size: .875rem; color: var(--quiet); }
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
        f"<p>to continue to <strong>{escape(application.name)}</strong>. This is the local tenant of "
        f"{escape(organisation().document['name'])}: nobody here has a password.</p>"
        f'<form method="post">{_hidden(parameters)}'
        f'<p><label><input type="checkbox" name="mfa" value="on"{" checked" if mfa else ""}> '
        f"with multi-factor authentication</label></p>"
        f"<fieldset><legend>Who are you?</legend>{buttons}</fieldset>"
        '<button name="cancel" value="on">Cancel</button></form>'
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
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{content}</main></body></html>",
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
