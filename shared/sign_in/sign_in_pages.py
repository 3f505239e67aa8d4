"""Holds the pages that people see while they sign in: their words, markup, style and headers.

They have no scripts and load nothing. Whatever a client says of itself is escaped text, set apart from the
direction of writing around it.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

SERVER_NAME = "m365-devops-mcp"

_STYLE = """
:root { color-scheme: light dark; --text: #1c1c20; --soft: #4a4a54; --page: #f3f3f6; --card: #ffffff;
  --line: #767680; --accent: #0b5394; --on-accent: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --text: #f2f2f5; --soft: #c6c6d0; --page: #141418;
  --card: #212127; --line: #8e8e9a; --accent: #93c5fd; --on-accent: #0a1c30; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.375rem; line-height: 1.3; }
h2 { margin: 1.25rem 0 .25rem; font-size: 1rem; }
p, ul, dl { margin: 0 0 .75rem; }
ul { padding-left: 1.25rem; }
dt { color: var(--soft); }
dd { margin: 0 0 .75rem; }
.large { font-size: 1.25rem; font-weight: 600; }
.soft { color: var(--soft); }
form { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; }
button, .button { min-height: 2.75rem; padding: .5rem 1.5rem; font: inherit; font-weight: 600;
  cursor: pointer; color: var(--accent);
  background: var(--card); border: 2px solid var(--accent); border-radius: .375rem; }
.first { color: var(--on-accent); background: var(--accent); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--text); outline-offset: 3px; }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Describes who asks for consent, as the person is to see it.

    Attributes:
        name: What the client calls itself; may be empty.
        document_host: The host whose document says so; empty where nobody vouches for it.
        redirect_host: Where the person is sent afterwards.
        is_local: Whether that is a program on the person's computer.
    """

    name: str
    document_host: str
    redirect_host: str
    is_local: bool


def consent_page(asker: Asker, *, server_host: str, handle: str, writes: bool) -> str:
    """Returns the page that asks for consent; its form posts the handle and the decision."""
    named = f"<bdi>{escape(asker.name)}</bdi>" if asker.name else "A program without a name"
    vouched = (
        f"as <bdi>{escape(asker.document_host)}</bdi> says"
        if asker.document_host
        else "so it says of itself; nobody has checked that"
    )
    host = f"<bdi>{escape(asker.redirect_host)}</bdi>"
    place = f'<span class="large">{host}</span>'
    if asker.is_local:
        place = f'<span class="large">a program on this computer</span> ({host})'
    doing = "Read and change" if writes else "Read"
    return _page(
        "Allow access as you?",
        f"""<p>A program asks to use <strong>{SERVER_NAME}</strong>
at <bdi>{escape(server_host)}</bdi> as you.</p>
<dl>
<dt>Program</dt><dd><span class="large">{named}</span><br><span class="soft">{vouched}</span></dd>
<dt>After signing in you are sent to</dt><dd>{place}</dd>
</dl>
<h2>What it may do then</h2>
<ul>
<li>{doing}, with this server's tools, what you may see in Microsoft 365 and Azure DevOps.</li>
<li>Go on without asking you again, until you or an administrator end it.</li>
</ul>
<p><strong>Allow this only if you have just started it yourself.</strong> Next you sign in to Microsoft.</p>
<form method="post" action="/oauth/consent">
<input type="hidden" name="request" value="{escape(handle)}">
<button class="first" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="refuse">Refuse</button>
</form>""",
    )


class Onward(NamedTuple):
    """Holds the words of a page that leads on to another."""

    title: str
    text: str
    link: str


TO_ENTRA = Onward("On to the sign-in", "You are sent to Microsoft to sign in.", "Go there now")
REFUSED = Onward("You have refused", "Nothing was allowed. The program is told so.", "Return to the program")


def onward_page(onward: Onward, address: str) -> str:
    """Returns a page that leads on; browsers follow its `Refresh` header by themselves."""
    link = f'<a href="{escape(address)}">{escape(onward.link)}</a>'
    return _page(onward.title, f"<p>{escape(onward.text)}</p>\n<p>{link}</p>")


def message_page(title: str, paragraphs: Sequence[str], *, link: str | None = None) -> str:
    """Returns a page that says what happened; its link returns to the program."""
    told = "\n".join(f"<p>{escape(each)}</p>" for each in paragraphs)
    back = f'\n<p><a href="{escape(link)}">Return to the program</a></p>' if link else ""
    return _page(title, told + back)


def _page(title: str, content: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - {SERVER_NAME}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{content}
</main>
</body>
</html>
"""
