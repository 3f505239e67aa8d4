"""Lists the elements that browsers treat by their names (HTML standard, 15.3: rendering)."""


def words(text: str) -> frozenset[str]:
    """Returns the words of a text, which stand for themselves."""
    return frozenset(text.split())


BLOCKS = words(
    "address article aside blockquote body center codeblock dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main "
    "menu nav ol p plaintext pre search section summary table caption tbody tfoot thead tr ul xmp"
)
"""Elements that begin and end a line."""
NOT_SHOWN = words(
    "area base basefont datalist head iframe link meta noembed noframes noscript param rp script "
    "style template title desc metadata defs"
)
"""Elements of which nothing is shown whatever their style."""
FALLBACKS = frozenset(["audio", "canvas", "video"])
"""Elements whose content only those see whose program does not know the element."""
