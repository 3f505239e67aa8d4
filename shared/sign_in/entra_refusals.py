"""Words what Entra says against a sign-in, for the person at the browser. Nothing of its text is shown.

The codes are those of "Microsoft Entra authentication and authorization error codes".
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

_CODE = re.compile(r"AADSTS([0-9]{4,7})\b")


class Refusal(NamedTuple):
    """Says what is in the way, and what helps."""

    cause: str
    remedy: str


_REFUSALS: Sequence[tuple[frozenset[int], Refusal]] = (
    (
        frozenset({50105}),
        Refusal(
            "Your account is not assigned to this application.",
            "An administrator assigns you to it: Entra admin center, Enterprise applications, "
            "Users and groups.",
        ),
    ),
    (
        frozenset({65001, 65004, 90008, 90094, 90095}),
        Refusal(
            "Nobody has consented to this application for you, or consent was refused.",
            "Start again and consent, or ask an administrator to consent for the organization.",
        ),
    ),
    (
        frozenset({53000, 53001, 53002, 53003, 53004, 530032, 530034, 530084}),
        Refusal(
            "A Conditional Access policy of your organization does not allow this sign-in.",
            "Use a device and a network that the policy allows; an administrator finds the policy in the "
            "Entra sign-in logs.",
        ),
    ),
    (
        frozenset({50072, 50074, 50076, 50079, 50158}),
        Refusal(
            "Entra asks for another proof of who you are, such as multi-factor authentication.",
            "Start again and complete what Entra asks for.",
        ),
    ),
    (
        frozenset({16000, 50020, 50034, 51004, 90072}),
        Refusal(
            "Your account does not exist in this organization.",
            "Sign in with an account of the organization, or ask to be invited as a guest.",
        ),
    ),
    (
        frozenset({50053, 50055, 50057, 50126, 50144}),
        Refusal(
            "Your account is locked, disabled, or its password has expired.",
            "Ask an administrator, then start again.",
        ),
    ),
    (
        frozenset({7000112, 500014, 700016, 500011, 50011, 650052, 650056, 650057}),
        Refusal(
            "This server's registration in Entra is not complete, or it is disabled.",
            "The administrator runs the doctor, which names what is missing.",
        ),
    ),
    (
        frozenset({50196, 70008, 54005, 70000}),
        Refusal("The sign-in took too long, or was used before.", "Start again in the program."),
    ),
)
_UNKNOWN = Refusal(
    "Entra did not complete the sign-in.",
    "Start again in the program. If it persists, an administrator looks the number up in the Entra "
    "sign-in logs.",
)


def code_in(text: str) -> int | None:
    """Returns the number of the AADSTS code in Entra's description of an error."""
    found = _CODE.search(text[:4000])
    return int(found[1]) if found else None


def refusal_of(code: int | None) -> Refusal:
    """Returns the cause and the remedy of a code."""
    return next((refusal for codes, refusal in _REFUSALS if code in codes), _UNKNOWN)


def shown(code: int | None) -> list[str]:
    """Returns what a page says of a code, a paragraph each."""
    refusal = refusal_of(code)
    return [refusal.cause, refusal.remedy, *([f"Number: AADSTS{code}"] if code is not None else [])]
