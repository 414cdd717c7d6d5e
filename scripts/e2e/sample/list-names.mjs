// Prints the names of the roles, stacks and log groups of an account, a line each.
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';

const { Roles = [] } = await new IAMClient().send(new ListRolesCommand({}));
const { Stacks = [] } = await new CloudFormationClient().send(new DescribeStacksCommand({}));
const { logGroups = [] } = await new CloudWatchLogsClient().send(new DescribeLogGroupsCommand({}));
for (const { RoleName } of Roles) console.log(`role ${RoleName}`);
for (const { StackName } of Stacks) console.log(`stack ${StackName}`);
for (const { logGroupName } of logGroups) console.log(`log group ${logGroupName}`);
