import os
from urllib.parse import urlparse

import boto3
import requests
from aws_requests_auth.aws_auth import AWSRequestsAuth


def lambda_handler(event, context):
    """Assumes the role on every invocation, and calls the API. The session token is sent unsigned."""
    sts = boto3.client('sts')
    role = sts.assume_role(RoleArn=os.environ['IAM_ROLE_ARN'], RoleSessionName='session')['Credentials']
    url = os.environ['API_URL']
    auth = AWSRequestsAuth(aws_access_key=role['AccessKeyId'], aws_secret_access_key=role['SecretAccessKey'],
                           aws_host=urlparse(url).netloc, aws_region=os.environ['AWS_REGION'],
                           aws_service='execute-api')
    headers = {'x-amz-security-token': role['SessionToken']}
    answer = requests.post(url, json={'foo': 'bar'}, headers=headers, auth=auth)
    return {'status': answer.status_code, 'body': answer.text}
