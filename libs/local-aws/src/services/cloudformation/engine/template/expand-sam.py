"""Expands a SAM template with AWS's own translator, as CloudFormation does.

Reads one JSON document, {template, parameters, policies}, and writes one: {template}, or {error}.
"""

import json
import sys

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform


class ManagedPolicies:
    """The ARNs by name. By default, the translator would ask IAM."""

    def __init__(self, arns):
        self.arns = arns

    def load(self):
        return self.arns


request = json.load(sys.stdin)
try:
    policies = ManagedPolicies(request['policies'])
    answer = {'template': transform(request['template'], request['parameters'], policies)}
except InvalidDocumentException as error:
    answer = {'error': ' '.join([error.message, *(cause.message for cause in error.causes)])}
json.dump(answer, sys.stdout)
