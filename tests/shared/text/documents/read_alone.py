"""Reads a document of standard input, in a process whose children are those of the reading alone.

A child begins with its parent's memory: measured from a process that holds much, the peak would be that.
"""

import json
import resource
import sys

from shared.errors import ToolError
from shared.text.documents import document_text

content = sys.stdin.buffer.read()
refused = None
try:
    document_text(content, "a.pdf", "")
except ToolError as error:
    refused = [error.code, error.message]
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
sys.stdout.write(json.dumps({"refused": refused, "peak": peak}))
