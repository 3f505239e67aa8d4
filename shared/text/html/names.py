"""What browsers do with an element because of its name (HTML standard, 15.3: rendering)."""

BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol p "
    "plaintext pre search section summary table caption tbody tfoot thead tr ul xmp".split()
)
"""Elements that begin and end a line."""
NOT_SHOWN = frozenset(
    "area base basefont datalist head iframe link meta noembed noframes noscript param rp script style "
    "template title desc metadata defs".split()
)
"""Elements of which nothing is shown whatever their style."""
FALLBACKS = frozenset("audio canvas video".split())
"""Elements whose content only those see whose program does not know the element."""
