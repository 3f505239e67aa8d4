"""The MCP server: tools, and what stands between a call and the APIs it is for."""
