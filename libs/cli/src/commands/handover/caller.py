import json
import os
import sys
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

url, region = os.environ['API_URL'], os.environ['API_REGION']
session = get_session()
session.set_config_variable('region', region)
credentials = session.get_credentials()
if credentials is not None and 'INVOKE_ROLE_ARN' in os.environ:
    options = {'ExternalId': os.environ['EXTERNAL_ID'], 'RoleSessionName': 'python'}
    role = AssumeRoleCredentialFetcher(
        session.create_client, credentials, os.environ['INVOKE_ROLE_ARN'], extra_args=options)
    # Fetched at the first call, and again before they expire.
    credentials = DeferredRefreshableCredentials(role.fetch_credentials, 'assume-role')


class CallFailed(Exception):
    """Says what failed and why, with the request ID if there was an answer."""


def call(method, path, body=None):
    if credentials is None:
        raise CallFailed('There are no AWS credentials. Run this with those of your role.')
    data = None if body is None else json.dumps(body).encode()
    signed = AWSRequest(method, url + path, {'Content-Type': 'application/json'}, data)
    try:
        SigV4Auth(credentials.get_frozen_credentials(), 'execute-api', region).add_auth(signed)
    except ClientError as error:
        request_id = error.response['ResponseMetadata'].get('RequestId')
        raise CallFailed(f'AssumeRole was refused: {reason_of(str(error))}\nRequest ID: {request_id}') from error
    except BotoCoreError as error:
        raise CallFailed(f'No credentials: {reason_of(str(error))}') from error
    try:
        with urlopen(Request(signed.url, data, dict(signed.headers), method=method), timeout=10) as response:
            text = response.read().decode()
            return json.loads(text) if 'json' in response.headers.get('Content-Type', '') and text else text
    except HTTPError as error:
        kind = error.headers.get('x-amzn-ErrorType', error.reason).split(':')[0]
        reason = reason_of(error.read().decode(errors='replace'))
        request_id = error.headers.get('x-amzn-RequestId')
        raise CallFailed(f'{method} {path}: {error.code} {kind}: {reason}\nRequest ID: {request_id}') from error
    except (OSError, HTTPException) as error:
        # It may have been executed.
        raise CallFailed(f'{method} {path}: no answer from {url}: {getattr(error, "reason", error)}') from error


def reason_of(text):
    """The reason in an answer, without what AWS quotes of the request: a token is in it."""
    try:
        answer = json.loads(text)
        text = next(str(answer[name]) for name in ('detail', 'title', 'message', 'Message') if answer.get(name))
    except (ValueError, AttributeError, StopIteration):
        pass
    return text.split('The Canonical String')[0].strip()


if __name__ == '__main__':
    method, path, *body = sys.argv[1:]
    try:
        print(json.dumps(call(method, path, *map(json.loads, body))))
    except CallFailed as error:
        sys.exit(str(error))
