"""Text written by others: cleaned, read from documents, and put into an envelope."""
