"""Operations made from outside: the endpoints of any OpenAPI document, the tools of any MCP server.

    document -> schema, shapes, places -> openapi ┐
                        mcp_link -> mcp_tools     ┴-> endpoint (a Pack) -> operation -> registry

    a call:  arguments (checked by the API's schemas) -> request, style, media -> credentials, service -> answer, faults

`sources` holds what was added to a project, `lock` writes it to a file that needs no network.
"""
