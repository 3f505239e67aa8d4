"""A page is decoded by the encoding it declares."""

import pytest

from shared.text.documents.charsets import decode

TEXT = "Привет"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (f'<meta charset="windows-1251">{TEXT}'.encode("cp1251"), ""),
        (f"<META CHARSET=koi8-r />{TEXT}".encode("koi8-r"), ""),
        (
            f'<meta http-equiv=Content-Type content="text/html; charset=windows-1251">{TEXT}'.encode(
                "cp1251"
            ),
            "",
        ),
        (f"<!-- <meta charset=koi8-r> --><meta charset=cp1251>{TEXT}".encode("cp1251"), ""),
        (f'<?xml version="1.0" encoding="windows-1251"?>{TEXT}'.encode("cp1251"), ""),
        (f"<meta charset=utf-8>{TEXT}".encode("koi8-r"), "text/html; charset=koi8-r"),
        (f"<meta charset=koi8-r>{TEXT}".encode("utf-8-sig"), ""),
        (f"<p>{TEXT}".encode("utf-16"), ""),
        (f"<meta charset=utf-16>{TEXT}".encode(), ""),
        (f"<meta charset=nonsense>{TEXT}".encode(), ""),
        (f"<p>{TEXT}".encode(), ""),
    ],
)
def test_a_declared_encoding_is_used(content: bytes, content_type: str):
    assert decode(content, content_type).endswith(TEXT)
