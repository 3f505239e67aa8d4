"""Stands in for the browser that a client opens: `python -m tests.sign_in.visitor CA_FILE URL`.

It does by HTTP what a person does at the pages: allows the client, picks Ana, and goes where that leads.
"""

import asyncio
import ssl
import sys

from local.browser import Browser


async def visit(ca_file: str, url: str, user: str = "ana") -> str:
    """Signs the user in, and returns the address of the client that the browser was sent to."""
    async with Browser(ssl.create_default_context(cafile=ca_file), delivers=True) as browser:
        text = await browser.sign_in(url, user)
        assert browser.left_for, text
        return browser.left_for


if __name__ == "__main__":
    asyncio.run(visit(*sys.argv[1:3]))
