"""What Graph's and Azure DevOps' answers mean."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from shared.apis.devops import devops_responses
from shared.apis.graph import graph_responses
from shared.errors import ToolError
from shared.http.messages import Response

HTML = b"<!DOCTYPE html><html><title>Azure DevOps Services | Sign In</title></html>"


def answer(status: int, body: Any = None, **headers: str) -> Response:
    named = httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return Response(status, named, body if isinstance(body, bytes) else json.dumps(body).encode())


def graph_error(code: str, message: str = "Words of Graph.") -> dict[str, Any]:
    inner = {"date": "2026-11-19T09:30:00", "request-id": "r-1", "client-request-id": "r-1"}
    return {"error": {"code": code, "message": message, "innerError": inner}}


def devops_error(key: str, message: str = "TF400898: Words of Azure DevOps.") -> dict[str, Any]:
    return {
        "$id": "1",
        "innerException": None,
        "message": message,
        "typeName": f"Microsoft.TeamFoundation.{key}, Microsoft.TeamFoundation",
        "typeKey": key,
        "errorCode": 0,
        "eventId": 3000,
    }


def refused(parse_response: Callable[[Response], dict[str, Any]], given: Response) -> ToolError:
    with pytest.raises(ToolError) as raised:
        parse_response(given)
    return raised.value


@pytest.mark.parametrize("parse_response", [graph_responses.parse_response, devops_responses.parse_response])
def test_an_object_is_what_it_says(parse_response: Callable[[Response], dict[str, Any]]) -> None:
    assert {"id": "1"} == parse_response(answer(200, {"id": "1"}))


@pytest.mark.parametrize(
    ("status", "graph_code", "code"),
    [
        (400, "BadRequest", "invalid_argument"),
        (400, "ErrorInvalidIdMalformed", "invalid_argument"),
        (401, "InvalidAuthenticationToken", "sign_in_required"),
        (403, "Authorization_RequestDenied", "forbidden"),
        (403, "ErrorAccessDenied", "forbidden"),
        (404, "Request_ResourceNotFound", "not_found"),
        (404, "ErrorItemNotFound", "not_found"),
        (409, "nameAlreadyExists", "conflict"),
        (410, "resyncRequired", "upstream_error"),
        (412, "ErrorIrresolvableConflict", "conflict"),
        (423, "resourceLocked", "conflict"),
        (429, "TooManyRequests", "throttled"),
        (500, "generalException", "unavailable"),
        (503, "serviceNotAvailable", "unavailable"),
        (504, "UnknownError", "unavailable"),
        (507, "quotaLimitReached", "forbidden"),
    ],
)
def test_each_refusal_of_graph_has_its_kind(status: int, graph_code: str, code: str) -> None:
    error = refused(graph_responses.parse_response, answer(status, graph_error(graph_code), request_id="r-1"))

    assert code == error.code
    assert error.message.startswith("Microsoft Graph ")
    assert error.message.endswith(": Words of Graph.")
    assert {"status": str(status), "graph_error": graph_code, "request_id": "r-1"} == error.details


@pytest.mark.parametrize(
    ("status", "key", "code"),
    [
        (400, "VssPropertyValidationException", "invalid_argument"),
        (401, "UnauthorizedRequestException", "sign_in_required"),
        (403, "AccessCheckException", "forbidden"),
        (404, "ProjectDoesNotExistWithNameException", "not_found"),
        (409, "GitReferenceStaleException", "conflict"),
        (412, "RuleValidationException", "conflict"),
        (429, "RateLimitException", "throttled"),
        (500, "WikiPageAlreadyExistsException", "conflict"),
        (500, "VssServiceException", "unavailable"),
        (500, "WorkItemRevisionLimitExceededException", "invalid_argument"),
        (500, "WikiPageNotFoundException", "not_found"),
        (500, "InvalidArgumentValueException", "invalid_argument"),
        (500, "AccessCheckException", "forbidden"),
        (500, "SqlTimeoutException", "unavailable"),
        (500, "DatabaseConnectionException", "unavailable"),
        (500, "InvalidOperationException", "unavailable"),
        (500, "SomethingElseException", "unavailable"),
        (503, "CircuitBreakerExceededConcurrencyException", "unavailable"),
        (418, "TeapotException", "upstream_error"),
    ],
)
def test_each_refusal_of_azure_devops_has_its_kind(status: int, key: str, code: str) -> None:
    error = refused(devops_responses.parse_response, answer(status, devops_error(key), x_vss_e2eid="e-1"))

    assert code == error.code
    assert error.message.startswith("Azure DevOps ")
    assert error.message.endswith(": TF400898: Words of Azure DevOps.")
    assert {"status": str(status), "devops_error": key, "request_id": "e-1"} == error.details


@pytest.mark.parametrize(
    "given",
    [
        answer(401, b""),
        answer(203, HTML, content_type="text/html; charset=utf-8"),
        answer(302, b"", location="https://spsprodweu1.vssps.visualstudio.com/_signin"),
        answer(200, HTML, content_type="Text/HTML"),
    ],
    ids=["401", "203 with the sign-in page", "redirect to the sign-in page", "200 with a page"],
)
def test_each_way_of_azure_devops_to_ask_for_a_sign_in_is_known(given: Response) -> None:
    error = refused(devops_responses.parse_response, given)

    assert devops_responses.not_signed_in(given)
    assert "sign_in_required" == error.code
    assert str(given.status) == error.details["status"]


@pytest.mark.parametrize(
    "given",
    [answer(200, {}), answer(403, b""), answer(404, HTML, content_type="text/html"), answer(500, b"")],
)
def test_other_answers_of_azure_devops_ask_for_no_sign_in(given: Response) -> None:
    assert not devops_responses.not_signed_in(given)


@pytest.mark.parametrize("parse_response", [graph_responses.parse_response, devops_responses.parse_response])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"{"),
        (200, b"[]"),
        (200, b"null"),
        (204, b""),
        (206, b"{}"),
        (304, b""),
    ],
)
def test_a_success_without_an_object_is_unexpected(
    parse_response: Callable[[Response], dict[str, Any]], status: int, body: bytes
) -> None:
    error = refused(parse_response, answer(status, body))

    assert "upstream_error" == error.code
    assert f"(status {status})" in error.message


@pytest.mark.parametrize("parse_response", [graph_responses.parse_response, devops_responses.parse_response])
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", {"error": "a string"}, {"error": None}, {"error": {"message": None}}]
)
def test_a_refusal_without_words_is_still_told(
    parse_response: Callable[[Response], dict[str, Any]], body: Any
) -> None:
    error = refused(parse_response, answer(404, body))

    assert "not_found" == error.code
    assert error.message.endswith("found no such item, or you have no access to it.")
    assert {"status": "404"} == error.details


@pytest.mark.parametrize("parse_response", [graph_responses.parse_response, devops_responses.parse_response])
def test_throttling_says_when_to_come_back(parse_response: Callable[[Response], dict[str, Any]]) -> None:
    assert 1.5 == refused(parse_response, answer(429, {}, retry_after="1.5")).retry_after
    assert 30 == refused(parse_response, answer(503, {}, retry_after="30")).retry_after
    assert refused(parse_response, answer(503, {})).retry_after is None


def test_words_of_a_service_are_cleaned() -> None:
    error = refused(
        graph_responses.parse_response, answer(400, graph_error("BadRequest", "Bad\r\n\x1b[31m words\u202e"))
    )

    assert error.message.endswith(": Bad [31m words")


def test_a_wrapped_message_of_azure_devops_is_found() -> None:
    error = refused(
        devops_responses.parse_response, answer(400, {"count": 1, "value": {"Message": "Bad version."}})
    )

    assert error.message.endswith(": Bad version.")


@pytest.mark.parametrize(
    ("status", "graph_code", "inner", "code", "said"),
    [
        (404, "MailboxNotEnabledForRESTAPI", None, "forbidden", "Exchange Online"),
        (404, "ErrorNonExistentMailbox", None, "forbidden", "Exchange Online"),
        (400, "MailboxNotHostedInExchangeOnline", None, "forbidden", "Exchange Online"),
        (401, "OrganizationFromTenantGuidNotFound", None, "forbidden", "Exchange Online"),
        (403, "AadPremiumLicenseRequired", None, "forbidden", "licence"),
        (403, "MaximumTasksInProject", None, "forbidden", "Remove"),
        (403, "ErrorQuotaExceeded", None, "forbidden", "Remove"),
        (400, "ErrorInvalidIdMalformed", None, "invalid_argument", "id"),
        (503, "activityLimitReached", None, "throttled", "Wait"),
        (400, "invalidRequest", "resourceModified", "conflict", "Read it again"),
        (403, "accessDenied", "malwareDetected", "forbidden", "Do not open"),
        (403, "ErrorSendAsDenied", None, "forbidden", "own name"),
        (500, "ErrorMailboxStoreUnavailable", None, "unavailable", "Try again"),
    ],
)
def test_a_code_of_graph_tells_more_than_its_status(
    status: int, graph_code: str, inner: str | None, code: str, said: str
) -> None:
    body = graph_error(graph_code)
    body["error"]["innerError"] |= {"code": inner} if inner else {}
    error = refused(graph_responses.parse_response, answer(status, body))

    assert code == error.code
    assert said in error.remedy


@pytest.mark.parametrize(
    ("status", "graph_code", "message", "said"),
    [
        (404, "ResourceNotFound", "User's mysite not found.", "OneDrive"),
        (400, "BadRequest", "Tenant does not have a SPO license.", "OneDrive"),
        (403, "Forbidden", "Failed to get license information for the user.", "licence"),
    ],
)
def test_words_of_graph_tell_what_a_general_code_does_not(
    status: int, graph_code: str, message: str, said: str
) -> None:
    error = refused(graph_responses.parse_response, answer(status, graph_error(graph_code, message)))

    assert "forbidden" == error.code
    assert said in error.remedy
    assert "administrator" in error.remedy


@pytest.mark.parametrize("inner", [None, "a text", [], {"code": 7}, {"innererror": {"innerError": {}}}])
def test_odd_inner_errors_are_survived(inner: object) -> None:
    body = graph_error("itemNotFound")
    body["error"]["innerError"] = inner

    assert "not_found" == refused(graph_responses.parse_response, answer(404, body)).code


def test_a_claims_challenge_with_403_asks_for_another_token() -> None:
    claims = base64.b64encode(b'{"access_token":{}}').decode()
    challenged = answer(
        403,
        graph_error("accessDenied"),
        www_authenticate=f'Bearer error="insufficient_claims", claims="{claims}"',
    )

    assert graph_responses.is_token_rejected(challenged)
    assert "sign_in_required" == refused(graph_responses.parse_response, challenged).code
    assert not graph_responses.is_token_rejected(answer(403, graph_error("accessDenied")))


def rule(field: str | None, flags: str = "required, invalidEmpty", inner: Any = None) -> dict[str, Any]:
    return {"fieldReferenceName": field, "fieldStatusFlags": flags, "ruleValidationErrors": inner}


@pytest.mark.parametrize(
    ("properties", "fields"),
    [
        (
            {
                "FieldReferenceName": None,
                "FieldStatusFlags": "none",
                "RuleValidationErrors": [rule("A.B"), rule("C.D")],
            },
            "A.B, C.D",
        ),
        ({"FieldReferenceName": "A.B", "FieldStatusFlags": "readOnly"}, "A.B"),
        ({"RuleValidationErrors": [rule("A.B", inner=[rule("C.D"), rule(None)])]}, "A.B, C.D"),
        ({"ReferenceName": "System.AssignedTo"}, "System.AssignedTo"),
        (
            {"RuleValidationErrors": [rule(f"Custom.Field{number}") for number in range(30)]},
            ", ".join(f"Custom.Field{number}" for number in range(30)),
        ),
    ],
)
def test_every_field_that_breaks_a_rule_is_named(properties: dict[str, Any], fields: str) -> None:
    body = {**devops_error("RuleValidationException"), "customProperties": properties}

    error = refused(devops_responses.parse_response, answer(400, body))

    assert ("invalid_argument", fields) == (error.code, error.details["fields"])
    assert all(name in error.message for name in fields.split(", "))


@pytest.mark.parametrize(
    "properties", [None, [], "x", {"RuleValidationErrors": "x"}, {"FieldReferenceName": 5}]
)
def test_properties_of_another_form_name_no_field(properties: object) -> None:
    body = {**devops_error("RuleValidationException"), "customProperties": properties}

    error = refused(devops_responses.parse_response, answer(400, body))

    assert "fields" not in error.details


def test_findings_of_a_raw_exception_are_told() -> None:
    body = {
        "ClassName": "X",
        "Message": "Bad.",
        "ValidationResults": [{"result": "error", "message": "No pool."}],
    }

    error = refused(devops_responses.parse_response, answer(400, body))

    assert ("No pool.", True) == (error.details["findings"], error.message.endswith(": Bad."))
