"""A service whose requests and answers are held to botocore's model of the API."""

from __future__ import annotations

import unittest
from types import SimpleNamespace
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import Session
from botocore.validate import ParamValidator

_SESSION = Session()


def faults(shape: Any, value: Any) -> str:
    """Return what is wrong with a value; unknown members are faults too."""
    return ParamValidator().validate(value, shape).generate_report() if shape else ""


def missing(name: str) -> ClientError:
    """Return the error of a resource that does not exist."""
    return ClientError({"Error": {"Code": "ValidationException", "Message": "Could not find it"}}, name)


class Checked:
    """Passes calls on to `fake`, and fails the test where a request or an answer is not the API's."""

    def __init__(self, test: unittest.TestCase, service: str, fake: Any) -> None:
        self._test, self._fake = test, fake
        model = _SESSION.get_service_model(service)
        self._operations = {xform_name(name): model.operation_model(name) for name in model.operation_names}

    def __getattr__(self, name: str) -> Any:
        """Return the call."""
        if name == "get_paginator":
            # One page, by the call that the paginator makes.
            return lambda operation: SimpleNamespace(paginate=lambda **request: [getattr(self, operation)(**request)])
        operation = self._operations[name]

        def call(**request: Any) -> Any:
            self._test.assertEqual(faults(operation.input_shape, request), "", operation.name)
            answer = getattr(self._fake, name)(**request) or {}
            self._test.assertEqual(faults(operation.output_shape, answer), "", operation.name)
            return answer

        return call
