"""Tests of what can be read beyond the tools."""
