"""Operations made from outside: the endpoints of any OpenAPI document, the tools of any MCP server."""
