"""Calendar and contact files."""

from tests.shared.text.documents.building import lines

EVENT = "\r\n".join(
    (
        "BEGIN:VCALENDAR", "PRODID:x", "BEGIN:VTIMEZONE", "TZID:Azores", "END:VTIMEZONE", "BEGIN:VEVENT",
        "UID:1@x", "DTSTART;TZID=Atlantic/Azores:20261121T093000", "SUMMARY:A long title that is fol",
        " ded\\, over\\nlines", 'ATTENDEE;CN="Silva: Ana";PARTSTAT=ACCEPTED:mailto:ana@contoso.com',
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY", "END:VEVENT", "END:VCALENDAR",
    )
)  # fmt: skip


def test_events_are_unfolded_and_name_people():
    assert [
        "[VCALENDAR]",
        "[VEVENT]",
        "DTSTART (Atlantic/Azores): 20261121T093000",
        "SUMMARY: A long title that is folded, over",
        "lines",
        "ATTENDEE (Silva: Ana, ACCEPTED): mailto:ana@contoso.com",
    ] == lines(EVENT.encode(), "a.ics")


def test_characters_that_a_fold_parts_are_whole_again():
    folded = b"BEGIN:VEVENT\r\nSUMMARY:Gr" + "ü".encode()[:1] + b"\r\n " + "ü".encode()[1:] + b"n\r\n"

    assert ["[VEVENT]", "SUMMARY: Grün"] == lines(folded, "a.ics")


def test_contacts_are_read_and_their_pictures_named():
    card = (
        "BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ana=\n=20S=C3=A3o\n"
        "TEL;TYPE=home:123\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\nitem1.EMAIL:ana@contoso.com\nEND:VCARD\n"
    )

    assert [
        "[VCARD]",
        "FN: Ana São",
        "TEL (home): 123",
        "EMAIL: ana@contoso.com",
        "[Left out: the file in PHOTO.]",
    ] == lines(card.encode(), "a.vcf")
