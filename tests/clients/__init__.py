"""What clients make of the tools' input schemas, and what they send."""
