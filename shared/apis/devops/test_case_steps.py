"""Converts the steps of a test case between the service's XML and text people read and write.

1. Open the page
Expected: The form is shown
2. Shared steps: work item 77
"""

import re
from html import escape, unescape

from shared.text.html import HtmlText, html_to_text

_EXPECTED = "Expected: "
_NUMBERED = re.compile(r"\s*\d{1,4}[.)]\s+(?P<text>.*)")
_EXPECTATION = re.compile(r"\s*Expected:\s*(?P<text>.*)", re.IGNORECASE)
# The service writes markup inside strings escaped, so a tag is one of its own. No tag is looked at twice.
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>step|compref|parameterizedString)\b(?P<attributes>[^<>]*)>", re.IGNORECASE
)
_REFERENCE = re.compile(r"\bref=\"(\d{1,10})\"", re.IGNORECASE)
_SHARED_STEPS = "Shared steps: work item "
_SHARED = re.compile(rf"{_SHARED_STEPS}(?P<id>\d{{1,9}})\s*", re.IGNORECASE)


def is_steps(value: str) -> bool:
    """Tells whether a value is XML of steps."""
    return value.lstrip().casefold().startswith("<steps")


def steps_to_text(xml: str) -> HtmlText:
    """Returns the steps as a numbered list; what is no XML of steps is read as HTML."""
    if not is_steps(xml):
        return html_to_text(xml)
    lines, may_hide = [], False
    for number, (action, expected) in enumerate(_steps(xml), start=1):
        lines.append(_indented(f"{number}. ", action.text))
        if expected.text:
            lines.append(_indented("   " + _EXPECTED, expected.text))
        may_hide = may_hide or action.may_hide or expected.may_hide
    return HtmlText("\n".join(lines), may_hide)


def text_to_steps(text: str) -> str:
    """Returns the XML of steps written as a numbered list, or one on each line; XML stays as it is."""
    if is_steps(text):
        return text
    steps: list[list[str]] = []
    numbered = any(_NUMBERED.fullmatch(line) for line in text.splitlines())
    expecting = False
    for line in filter(str.strip, text.splitlines()):
        if steps and (expectation := _EXPECTATION.fullmatch(line)):
            steps[-1][1] = expectation["text"]
            expecting = True
        elif (match := _NUMBERED.fullmatch(line)) or not numbered or not steps:
            steps.append([match["text"] if match else line.strip(), ""])
            expecting = False
        else:
            steps[-1][1 if expecting else 0] += f"\n{line.strip()}"
    # The portal counts from 2 (Test Plans REST reference, examples).
    parts = [_element(number, action, expected) for number, (action, expected) in enumerate(steps, start=2)]
    return f'<steps id="0" last="{len(steps) + 1}">{"".join(parts)}</steps>'


def _steps(xml: str) -> list[tuple[HtmlText, HtmlText]]:
    """Returns what is done and what is expected in each step, in order."""
    steps: list[list[HtmlText]] = []
    opened: re.Match[str] | None = None
    for tag in _TAG.finditer(xml):
        match tag["name"].casefold(), bool(tag["end"]):
            case "step", False:
                steps.append([])
            case "compref", False:
                reference = _REFERENCE.search(tag["attributes"])
                steps.append([HtmlText(f"{_SHARED_STEPS}{reference[1] if reference else '?'}")])
            case "parameterizedstring", False:
                opened = None if tag["attributes"].endswith("/") else tag
                if opened is None and steps:
                    steps[-1].append(HtmlText(""))
            case "parameterizedstring", True if opened and steps:
                steps[-1].append(_string(opened["attributes"], xml[opened.end() : tag.start()]))
                opened = None
    nothing = HtmlText("")
    return [(texts[0], texts[1]) for texts in ([*each, nothing, nothing] for each in steps)]


def _string(attributes: str, written: str) -> HtmlText:
    """Returns the text of a string, whose markup was escaped once more where it is formatted."""
    is_formatted = 'isformatted="true"' in attributes.casefold()
    return html_to_text(unescape(written)) if is_formatted else HtmlText(unescape(written))


def _indented(mark: str, text: str) -> str:
    return mark + text.replace("\n", "\n" + " " * len(mark))


def _element(number: int, action: str, expected: str) -> str:
    if match := _SHARED.fullmatch(action):
        return f'<compref id="{number}" ref="{match["id"]}"></compref>'
    kind = "ValidateStep" if expected else "ActionStep"
    strings = "".join(
        f'<parameterizedString isformatted="true">{escape(_as_html(text))}</parameterizedString>'
        for text in (action, expected)
    )
    return f'<step id="{number}" type="{kind}">{strings}<description/></step>'


def _as_html(text: str) -> str:
    return "".join(f"<P>{escape(line, quote=False)}</P>" for line in text.split("\n")) if text else ""
