"""Serves the revocation endpoint (RFC 7009)."""

import azure.functions as func

from shared.sign_in.contents import Family, Grant
from shared.sign_in.http_form import form_of, json_response
from shared.sign_in.sealed_rows import SealedRows
from shared.sign_in.sign_in_audit import SignInRecord
from shared.sign_in.token_endpoint import check_no_credential, check_no_secret, required


class Revocation:
    """Ends refresh tokens, with all that come from the same sign-in.

    Access tokens, which are Entra's, go on until they expire.
    """

    def __init__(self, rows: SealedRows) -> None:
        self._rows = rows

    async def handle(self, request: func.HttpRequest, record: SignInRecord) -> func.HttpResponse:
        """Returns 200, whatever the token was (RFC 7009, 2.2).

        Raises:
            OAuthError: The request is not right.
            ToolError: The storage cannot be reached.
        """
        check_no_credential(request)
        form = form_of(request)
        check_no_secret(form)
        handle, client_id = required(form, "token"), required(form, "client_id")
        opened = await self._rows.get(handle, Grant)
        if opened is None or opened.content.client_id != client_id:
            record.succeeded("nothing_to_revoke")
            return json_response({})
        grant = opened.content
        record.client, record.tenant, record.user = client_id, grant.tenant_id, grant.object_id
        await self._rows.end(grant.family, Family)
        await self._rows.end(handle, Grant)
        return json_response({})
