import json


def lambda_handler(event, context):
    """Returns the received document, and the ARN of the caller."""
    caller = event['requestContext']['identity']['userArn']
    return {'statusCode': 200, 'body': json.dumps({'received': json.loads(event['body']), 'caller': caller})}
