"""Handles text written by others: cleans it, reads it from documents, and puts it into an envelope."""
