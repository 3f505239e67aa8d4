"""Declares the prompts: what people ask for again and again, with the tools that answer it."""
