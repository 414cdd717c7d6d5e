import json
import os
import sys
from urllib.request import Request, urlopen

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.session import get_session

url, region = os.environ['API_URL'], os.environ['API_REGION']
session = get_session()
session.set_config_variable('region', region)
credentials = session.get_credentials()
if 'INVOKE_ROLE_ARN' in os.environ:
    options = {'ExternalId': os.environ['EXTERNAL_ID'], 'RoleSessionName': 'python'}
    role = AssumeRoleCredentialFetcher(
        session.create_client, credentials, os.environ['INVOKE_ROLE_ARN'], extra_args=options)
    # Fetched at the first call, and again before they expire.
    credentials = DeferredRefreshableCredentials(role.fetch_credentials, 'assume-role')


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    signed = AWSRequest(method, url + path, {'Content-Type': 'application/json'}, data)
    SigV4Auth(credentials.get_frozen_credentials(), 'execute-api', region).add_auth(signed)
    with urlopen(Request(signed.url, data, dict(signed.headers), method=method), timeout=10) as response:
        return json.load(response)


method, path, *body = sys.argv[1:]
print(json.dumps(call(method, path, *map(json.loads, body))))
