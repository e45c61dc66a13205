"""The loop that makes a container image a function of AWS Lambda.

`python -m ops.restore_validation.runtime judge` is the function's entry point. AWS Lambda hands out events
and takes answers over HTTP on the function's own host; nothing but this loop is needed for that.

Reference: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes".
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

from ops.refresh import acceptance

from . import database, judge

VERSION: Final = "2018-06-01"
HANDLERS: Final[dict[str, Callable[[Mapping[str, Any]], Any]]] = {
    "acceptance": acceptance.handler,
    "database": database.handler,
    "judge": judge.handler,
}


def serve_once(api: str, handle: Callable[[Mapping[str, Any]], Any]) -> None:
    """Take one event, and give its answer or its error back."""
    _, headers, event = _call(api, "GET", "invocation/next", None)
    request = headers["lambda-runtime-aws-request-id"]
    try:
        answer = json.dumps(handle(json.loads(event)))
    except Exception as error:
        # An error's text and the lines of its traceback are code and figures: rows are never in either.
        traceback.print_exc()
        body = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []})
        _call(api, "POST", f"invocation/{request}/error", body)
    else:
        _call(api, "POST", f"invocation/{request}/response", answer)


def _call(api: str, method: str, path: str, body: str | None) -> tuple[int, Mapping[str, str], bytes]:
    # The next event may be hours away: no time limit.
    connection = http.client.HTTPConnection(api)
    try:
        connection.request(method, f"/{VERSION}/runtime/{path}", body)
        response = connection.getresponse()
        return (
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read(),
        )
    finally:
        connection.close()


def main(arguments: list[str]) -> None:
    """Serve one of the handlers for ever."""
    handle = HANDLERS[arguments[0]]
    while True:
        serve_once(os.environ["AWS_LAMBDA_RUNTIME_API"], handle)


if __name__ == "__main__":
    main(sys.argv[1:])
