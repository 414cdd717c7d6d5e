"""boto3's resources against local AWS.

`operations` calls every operation that boto3's resource files name, with the least input that its model allows, and prints a line of
JSON for each: service, operation, the code of the error, its message and the HTTP status. `use` does what people do with resources, and
prints one document with what it saw.
"""

import json
import os
import sys

import boto3
import boto3.session
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from botocore.exceptions import ClientError

SERVICES = ["s3", "dynamodb", "iam", "cloudformation"]


def operations(node):
    """The operations that a resource file names."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "operation" and isinstance(value, str):
                yield value
            yield from operations(value)
    elif isinstance(node, list):
        for value in node:
            yield from operations(value)


def value_of(shape, name):
    """A value that the model allows. Names are of resources that do not exist."""
    kind = shape.type_name
    if kind == "structure":
        members = {one: shape.members[one] for one in shape.required_members}
        # The one member of a union, or of a structure that needs no certain member.
        if not members and shape.metadata.get("union") and shape.members:
            first = next(iter(shape.members))
            members = {first: shape.members[first]}
        return {one: value_of(member, one) for one, member in members.items()}
    if kind == "list":
        return [value_of(shape.member, name)]
    if kind == "map":
        return {"absent-name": value_of(shape.value, name)}
    if kind == "string":
        return shape.enum[0] if shape.enum else "absent-name" * (1 if shape.metadata.get("min", 0) < 12 else 10)
    if kind in ("integer", "long"):
        return shape.metadata.get("min", 1)
    if kind == "boolean":
        return False
    if kind == "blob":
        return b"{}"
    if kind == "timestamp":
        return 0
    return 1.0


def call_operations():
    session = boto3.session.Session()
    config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, parameter_validation=False)
    for service in SERVICES:
        client = session.client(service, config=config)
        version = client.meta.service_model.api_version
        folder = os.path.join(os.path.dirname(boto3.__file__), "data", service, version)
        with open(os.path.join(folder, "resources-1.json"), encoding="utf-8") as file:
            named = sorted(set(operations(json.load(file))))
        for operation in named:
            model = client.meta.service_model.operation_model(operation)
            given = value_of(model.input_shape, "") if model.input_shape else {}
            try:
                http = client._make_api_call(operation, given)["ResponseMetadata"]["HTTPStatusCode"]
                answer = {"code": None, "message": "", "status": http}
            except ClientError as error:
                answer = {
                    "code": error.response["Error"].get("Code"),
                    "message": error.response["Error"].get("Message", ""),
                    "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
                }
            print(json.dumps({"service": service, "operation": operation, **answer}))


def wait(resource, waiter, **names):
    """Waits with looks that follow each other after a second: the resource's own waiter looks every 20 seconds."""
    resource.meta.client.get_waiter(waiter).wait(**names, WaiterConfig={"Delay": 1})


def use_s3():
    bucket = boto3.resource("s3").create_bucket(Bucket="boto3-resources")
    for key in ("a/1", "a/2", "b/1"):
        bucket.put_object(Key=key, Body=key.encode())
    seen = {
        "all": [one.key for one in bucket.objects.all()],
        "filtered": [one.key for one in bucket.objects.filter(Prefix="a/").limit(1)],
        "pages": [len(page) for page in bucket.objects.page_size(2).pages()],
        "body": bucket.Object("b/1").get()["Body"].read().decode(),
        "size": bucket.Object("b/1").content_length,
        "buckets": [one.name for one in boto3.resource("s3").buckets.all()],
    }
    bucket.Object("c").copy_from(CopySource={"Bucket": bucket.name, "Key": "a/1"})
    seen["deleted"] = sum(len(answer["Deleted"]) for answer in bucket.objects.delete())
    bucket.delete()
    return seen


def use_dynamodb():
    table = boto3.resource("dynamodb").create_table(
        TableName="boto3-resources",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
    )
    wait(table, "table_exists", TableName=table.name)
    with table.batch_writer() as batch:
        for at in range(30):
            batch.put_item(Item={"id": "a", "at": at})
    table.update_item(
        Key={"id": "a", "at": 1}, UpdateExpression="SET note = :n", ExpressionAttributeValues={":n": {"by": ["x"]}}
    )
    seen = {
        "scanned": table.scan()["Count"],
        "queried": [int(one["at"]) for one in table.query(KeyConditionExpression=Key("id").eq("a") & Key("at").lt(3))["Items"]],
        "read": table.get_item(Key={"id": "a", "at": 1})["Item"]["note"],
        "filtered": table.scan(FilterExpression=Attr("note").exists())["Count"],
        "key": [one["AttributeName"] for one in table.key_schema],
    }
    table.delete()
    wait(table, "table_not_exists", TableName=table.name)
    seen["tables"] = [one.name for one in boto3.resource("dynamodb").tables.all()]
    return seen


def use_iam():
    iam = boto3.resource("iam")
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}
    allow = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}})
    role = iam.create_role(RoleName="boto3-resources", AssumeRolePolicyDocument=json.dumps(trust))
    policy = iam.create_policy(PolicyName="boto3-resources", PolicyDocument=allow)
    role.attach_policy(PolicyArn=policy.arn)
    iam.RolePolicy(role.name, "own").put(PolicyDocument=allow)
    user = iam.create_user(UserName="boto3-resources")
    key = user.create_access_key_pair()
    seen = {
        "attached": [one.policy_name for one in role.attached_policies.all()],
        "own": [one.name for one in role.policies.all()],
        "document": iam.RolePolicy(role.name, "own").policy_document["Statement"]["Action"],
        "trust": role.assume_role_policy_document["Statement"]["Action"],
        "version": policy.default_version.document["Statement"]["Action"],
        "user": iam.User("boto3-resources").arn,
        "key": key.id.startswith("AKIA"),
        "roles": role.name in [one.name for one in iam.roles.all()],
        "current": iam.CurrentUser().user_name,
    }
    key.delete()
    user.delete()
    iam.RolePolicy(role.name, "own").delete()
    role.detach_policy(PolicyArn=policy.arn)
    policy.delete()
    role.delete()
    return seen


def use_cloudformation():
    cloudformation = boto3.resource("cloudformation")
    template = {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}}, "Outputs": {"Name": {"Value": {"Ref": "Logs"}}}}
    stack = cloudformation.create_stack(StackName="boto3-resources", TemplateBody=json.dumps(template))
    wait(stack, "stack_create_complete", StackName=stack.name)
    stack.reload()
    seen = {
        "status": stack.stack_status,
        "outputs": [one["OutputKey"] for one in stack.outputs],
        "resources": [one.logical_resource_id for one in stack.resource_summaries.all()],
        "type": stack.Resource("Logs").resource_type,
        "events": len(list(stack.events.all())) > 2,
        "stacks": [one.name for one in cloudformation.stacks.all()],
    }
    stack.delete()
    return seen


if sys.argv[1] == "operations":
    call_operations()
else:
    print(json.dumps({"s3": use_s3(), "dynamodb": use_dynamodb(), "iam": use_iam(), "cloudformation": use_cloudformation()}))
