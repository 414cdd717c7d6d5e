/*
 * Generated from the schemas of the AWS SDK by scripts/generate-aws-routes.ts: do not edit.
 */

/** Every operation of AWS's REST services: name, method, path template, and what else of a request marks it. */
export const awsRoutes: Readonly<Record<string, string>> = {
  apigateway: `
CreateApiKey POST /apikeys
CreateAuthorizer POST /restapis/{restApiId}/authorizers
CreateBasePathMapping POST /domainnames/{domainName}/basepathmappings
CreateDeployment POST /restapis/{restApiId}/deployments
CreateDocumentationPart POST /restapis/{restApiId}/documentation/parts
CreateDocumentationVersion POST /restapis/{restApiId}/documentation/versions
CreateDomainName POST /domainnames
CreateDomainNameAccessAssociation POST /domainnameaccessassociations
CreateModel POST /restapis/{restApiId}/models
CreateRequestValidator POST /restapis/{restApiId}/requestvalidators
CreateResource POST /restapis/{restApiId}/resources/{parentId}
CreateRestApi POST /restapis
CreateStage POST /restapis/{restApiId}/stages
CreateUsagePlan POST /usageplans
CreateUsagePlanKey POST /usageplans/{usagePlanId}/keys
CreateVpcLink POST /vpclinks
DeleteApiKey DELETE /apikeys/{apiKey}
DeleteAuthorizer DELETE /restapis/{restApiId}/authorizers/{authorizerId}
DeleteBasePathMapping DELETE /domainnames/{domainName}/basepathmappings/{basePath}
DeleteClientCertificate DELETE /clientcertificates/{clientCertificateId}
DeleteDeployment DELETE /restapis/{restApiId}/deployments/{deploymentId}
DeleteDocumentationPart DELETE /restapis/{restApiId}/documentation/parts/{documentationPartId}
DeleteDocumentationVersion DELETE /restapis/{restApiId}/documentation/versions/{documentationVersion}
DeleteDomainName DELETE /domainnames/{domainName}
DeleteDomainNameAccessAssociation DELETE /domainnameaccessassociations/{domainNameAccessAssociationArn}
DeleteGatewayResponse DELETE /restapis/{restApiId}/gatewayresponses/{responseType}
DeleteIntegration DELETE /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration
DeleteIntegrationResponse DELETE /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration/responses/{statusCode}
DeleteMethod DELETE /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}
DeleteMethodResponse DELETE /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/responses/{statusCode}
DeleteModel DELETE /restapis/{restApiId}/models/{modelName}
DeleteRequestValidator DELETE /restapis/{restApiId}/requestvalidators/{requestValidatorId}
DeleteResource DELETE /restapis/{restApiId}/resources/{resourceId}
DeleteRestApi DELETE /restapis/{restApiId}
DeleteStage DELETE /restapis/{restApiId}/stages/{stageName}
DeleteUsagePlan DELETE /usageplans/{usagePlanId}
DeleteUsagePlanKey DELETE /usageplans/{usagePlanId}/keys/{keyId}
DeleteVpcLink DELETE /vpclinks/{vpcLinkId}
FlushStageAuthorizersCache DELETE /restapis/{restApiId}/stages/{stageName}/cache/authorizers
FlushStageCache DELETE /restapis/{restApiId}/stages/{stageName}/cache/data
GenerateClientCertificate POST /clientcertificates
GetAccount GET /account
GetApiKey GET /apikeys/{apiKey}
GetApiKeys GET /apikeys
GetAuthorizer GET /restapis/{restApiId}/authorizers/{authorizerId}
GetAuthorizers GET /restapis/{restApiId}/authorizers
GetBasePathMapping GET /domainnames/{domainName}/basepathmappings/{basePath}
GetBasePathMappings GET /domainnames/{domainName}/basepathmappings
GetClientCertificate GET /clientcertificates/{clientCertificateId}
GetClientCertificates GET /clientcertificates
GetDeployment GET /restapis/{restApiId}/deployments/{deploymentId}
GetDeployments GET /restapis/{restApiId}/deployments
GetDocumentationPart GET /restapis/{restApiId}/documentation/parts/{documentationPartId}
GetDocumentationParts GET /restapis/{restApiId}/documentation/parts
GetDocumentationVersion GET /restapis/{restApiId}/documentation/versions/{documentationVersion}
GetDocumentationVersions GET /restapis/{restApiId}/documentation/versions
GetDomainName GET /domainnames/{domainName}
GetDomainNameAccessAssociations GET /domainnameaccessassociations
GetDomainNames GET /domainnames
GetExport GET /restapis/{restApiId}/stages/{stageName}/exports/{exportType}
GetGatewayResponse GET /restapis/{restApiId}/gatewayresponses/{responseType}
GetGatewayResponses GET /restapis/{restApiId}/gatewayresponses
GetIntegration GET /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration
GetIntegrationResponse GET /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration/responses/{statusCode}
GetMethod GET /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}
GetMethodResponse GET /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/responses/{statusCode}
GetModel GET /restapis/{restApiId}/models/{modelName}
GetModelTemplate GET /restapis/{restApiId}/models/{modelName}/default_template
GetModels GET /restapis/{restApiId}/models
GetRequestValidator GET /restapis/{restApiId}/requestvalidators/{requestValidatorId}
GetRequestValidators GET /restapis/{restApiId}/requestvalidators
GetResource GET /restapis/{restApiId}/resources/{resourceId}
GetResources GET /restapis/{restApiId}/resources
GetRestApi GET /restapis/{restApiId}
GetRestApis GET /restapis
GetSdk GET /restapis/{restApiId}/stages/{stageName}/sdks/{sdkType}
GetSdkType GET /sdktypes/{id}
GetSdkTypes GET /sdktypes
GetStage GET /restapis/{restApiId}/stages/{stageName}
GetStages GET /restapis/{restApiId}/stages
GetTags GET /tags/{resourceArn}
GetUsage GET /usageplans/{usagePlanId}/usage startDate endDate
GetUsagePlan GET /usageplans/{usagePlanId}
GetUsagePlanKey GET /usageplans/{usagePlanId}/keys/{keyId}
GetUsagePlanKeys GET /usageplans/{usagePlanId}/keys
GetUsagePlans GET /usageplans
GetVpcLink GET /vpclinks/{vpcLinkId}
GetVpcLinks GET /vpclinks
ImportApiKeys POST /apikeys mode=import format
ImportDocumentationParts PUT /restapis/{restApiId}/documentation/parts
ImportRestApi POST /restapis mode=import
PutGatewayResponse PUT /restapis/{restApiId}/gatewayresponses/{responseType}
PutIntegration PUT /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration
PutIntegrationResponse PUT /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration/responses/{statusCode}
PutMethod PUT /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}
PutMethodResponse PUT /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/responses/{statusCode}
PutRestApi PUT /restapis/{restApiId}
RejectDomainNameAccessAssociation POST /rejectdomainnameaccessassociations domainNameAccessAssociationArn domainNameArn
TagResource PUT /tags/{resourceArn}
TestInvokeAuthorizer POST /restapis/{restApiId}/authorizers/{authorizerId}
TestInvokeMethod POST /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}
UntagResource DELETE /tags/{resourceArn} tagKeys
UpdateAccount PATCH /account
UpdateApiKey PATCH /apikeys/{apiKey}
UpdateAuthorizer PATCH /restapis/{restApiId}/authorizers/{authorizerId}
UpdateBasePathMapping PATCH /domainnames/{domainName}/basepathmappings/{basePath}
UpdateClientCertificate PATCH /clientcertificates/{clientCertificateId}
UpdateDeployment PATCH /restapis/{restApiId}/deployments/{deploymentId}
UpdateDocumentationPart PATCH /restapis/{restApiId}/documentation/parts/{documentationPartId}
UpdateDocumentationVersion PATCH /restapis/{restApiId}/documentation/versions/{documentationVersion}
UpdateDomainName PATCH /domainnames/{domainName}
UpdateGatewayResponse PATCH /restapis/{restApiId}/gatewayresponses/{responseType}
UpdateIntegration PATCH /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration
UpdateIntegrationResponse PATCH /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration/responses/{statusCode}
UpdateMethod PATCH /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}
UpdateMethodResponse PATCH /restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/responses/{statusCode}
UpdateModel PATCH /restapis/{restApiId}/models/{modelName}
UpdateRequestValidator PATCH /restapis/{restApiId}/requestvalidators/{requestValidatorId}
UpdateResource PATCH /restapis/{restApiId}/resources/{resourceId}
UpdateRestApi PATCH /restapis/{restApiId}
UpdateStage PATCH /restapis/{restApiId}/stages/{stageName}
UpdateUsage PATCH /usageplans/{usagePlanId}/keys/{keyId}/usage
UpdateUsagePlan PATCH /usageplans/{usagePlanId}
UpdateVpcLink PATCH /vpclinks/{vpcLinkId}
`,
  lambda: `
AddLayerVersionPermission POST /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy
AddPermission POST /2015-03-31/functions/{FunctionName}/policy
CheckpointDurableExecution POST /2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint
CreateAlias POST /2015-03-31/functions/{FunctionName}/aliases
CreateCapacityProvider POST /2025-11-30/capacity-providers
CreateCodeSigningConfig POST /2020-04-22/code-signing-configs
CreateEventSourceMapping POST /2015-03-31/event-source-mappings
CreateFunction POST /2015-03-31/functions
CreateFunctionUrlConfig POST /2021-10-31/functions/{FunctionName}/url
DeleteAlias DELETE /2015-03-31/functions/{FunctionName}/aliases/{Name}
DeleteCapacityProvider DELETE /2025-11-30/capacity-providers/{CapacityProviderName}
DeleteCodeSigningConfig DELETE /2020-04-22/code-signing-configs/{CodeSigningConfigArn}
DeleteEventSourceMapping DELETE /2015-03-31/event-source-mappings/{UUID}
DeleteFunction DELETE /2015-03-31/functions/{FunctionName}
DeleteFunctionCodeSigningConfig DELETE /2020-06-30/functions/{FunctionName}/code-signing-config
DeleteFunctionConcurrency DELETE /2017-10-31/functions/{FunctionName}/concurrency
DeleteFunctionEventInvokeConfig DELETE /2019-09-25/functions/{FunctionName}/event-invoke-config
DeleteFunctionUrlConfig DELETE /2021-10-31/functions/{FunctionName}/url
DeleteLayerVersion DELETE /2018-10-31/layers/{LayerName}/versions/{VersionNumber}
DeleteProvisionedConcurrencyConfig DELETE /2019-09-30/functions/{FunctionName}/provisioned-concurrency Qualifier
DeleteResourcePolicy DELETE /2026-07-09/resource-policy/{ResourceArn}
GetAccountSettings GET /2016-08-19/account-settings
GetAlias GET /2015-03-31/functions/{FunctionName}/aliases/{Name}
GetCapacityProvider GET /2025-11-30/capacity-providers/{CapacityProviderName}
GetCodeSigningConfig GET /2020-04-22/code-signing-configs/{CodeSigningConfigArn}
GetDurableExecution GET /2025-12-01/durable-executions/{DurableExecutionArn}
GetDurableExecutionHistory GET /2025-12-01/durable-executions/{DurableExecutionArn}/history
GetDurableExecutionState GET /2025-12-01/durable-executions/{DurableExecutionArn}/state CheckpointToken
GetEventSourceMapping GET /2015-03-31/event-source-mappings/{UUID}
GetFunction GET /2015-03-31/functions/{FunctionName}
GetFunctionCodeSigningConfig GET /2020-06-30/functions/{FunctionName}/code-signing-config
GetFunctionConcurrency GET /2019-09-30/functions/{FunctionName}/concurrency
GetFunctionConfiguration GET /2015-03-31/functions/{FunctionName}/configuration
GetFunctionEventInvokeConfig GET /2019-09-25/functions/{FunctionName}/event-invoke-config
GetFunctionRecursionConfig GET /2024-08-31/functions/{FunctionName}/recursion-config
GetFunctionScalingConfig GET /2025-11-30/functions/{FunctionName}/function-scaling-config Qualifier
GetFunctionUrlConfig GET /2021-10-31/functions/{FunctionName}/url
GetLayerVersion GET /2018-10-31/layers/{LayerName}/versions/{VersionNumber}
GetLayerVersionByArn GET /2018-10-31/layers find=LayerVersion Arn
GetLayerVersionPolicy GET /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy
GetPolicy GET /2015-03-31/functions/{FunctionName}/policy
GetProvisionedConcurrencyConfig GET /2019-09-30/functions/{FunctionName}/provisioned-concurrency Qualifier
GetResourcePolicy GET /2026-07-09/resource-policy/{ResourceArn}
GetRuntimeManagementConfig GET /2021-07-20/functions/{FunctionName}/runtime-management-config
Invoke POST /2015-03-31/functions/{FunctionName}/invocations
InvokeAsync POST /2014-11-13/functions/{FunctionName}/invoke-async
InvokeWithResponseStream POST /2021-11-15/functions/{FunctionName}/response-streaming-invocations
ListAliases GET /2015-03-31/functions/{FunctionName}/aliases
ListCapacityProviders GET /2025-11-30/capacity-providers
ListCodeSigningConfigs GET /2020-04-22/code-signing-configs
ListDurableExecutionsByFunction GET /2025-12-01/functions/{FunctionName}/durable-executions
ListEventSourceMappings GET /2015-03-31/event-source-mappings
ListFunctionEventInvokeConfigs GET /2019-09-25/functions/{FunctionName}/event-invoke-config/list
ListFunctionUrlConfigs GET /2021-10-31/functions/{FunctionName}/urls
ListFunctionVersionsByCapacityProvider GET /2025-11-30/capacity-providers/{CapacityProviderName}/function-versions
ListFunctions GET /2015-03-31/functions
ListFunctionsByCodeSigningConfig GET /2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions
ListLayerVersions GET /2018-10-31/layers/{LayerName}/versions
ListLayers GET /2018-10-31/layers
ListProvisionedConcurrencyConfigs GET /2019-09-30/functions/{FunctionName}/provisioned-concurrency List=ALL
ListTags GET /2017-03-31/tags/{Resource}
ListVersionsByFunction GET /2015-03-31/functions/{FunctionName}/versions
PublishLayerVersion POST /2018-10-31/layers/{LayerName}/versions
PublishVersion POST /2015-03-31/functions/{FunctionName}/versions
PutFunctionCodeSigningConfig PUT /2020-06-30/functions/{FunctionName}/code-signing-config
PutFunctionConcurrency PUT /2017-10-31/functions/{FunctionName}/concurrency
PutFunctionEventInvokeConfig PUT /2019-09-25/functions/{FunctionName}/event-invoke-config
PutFunctionRecursionConfig PUT /2024-08-31/functions/{FunctionName}/recursion-config
PutFunctionScalingConfig PUT /2025-11-30/functions/{FunctionName}/function-scaling-config Qualifier
PutProvisionedConcurrencyConfig PUT /2019-09-30/functions/{FunctionName}/provisioned-concurrency Qualifier
PutResourcePolicy PUT /2026-07-09/resource-policy/{ResourceArn}
PutRuntimeManagementConfig PUT /2021-07-20/functions/{FunctionName}/runtime-management-config
RemoveLayerVersionPermission DELETE /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}
RemovePermission DELETE /2015-03-31/functions/{FunctionName}/policy/{StatementId}
SendDurableExecutionCallbackFailure POST /2025-12-01/durable-execution-callbacks/{CallbackId}/fail
SendDurableExecutionCallbackHeartbeat POST /2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat
SendDurableExecutionCallbackSuccess POST /2025-12-01/durable-execution-callbacks/{CallbackId}/succeed
StopDurableExecution POST /2025-12-01/durable-executions/{DurableExecutionArn}/stop
TagResource POST /2017-03-31/tags/{Resource}
UntagResource DELETE /2017-03-31/tags/{Resource} tagKeys
UpdateAlias PUT /2015-03-31/functions/{FunctionName}/aliases/{Name}
UpdateCapacityProvider PUT /2025-11-30/capacity-providers/{CapacityProviderName}
UpdateCodeSigningConfig PUT /2020-04-22/code-signing-configs/{CodeSigningConfigArn}
UpdateEventSourceMapping PUT /2015-03-31/event-source-mappings/{UUID}
UpdateFunctionCode PUT /2015-03-31/functions/{FunctionName}/code
UpdateFunctionConfiguration PUT /2015-03-31/functions/{FunctionName}/configuration
UpdateFunctionEventInvokeConfig POST /2019-09-25/functions/{FunctionName}/event-invoke-config
UpdateFunctionUrlConfig PUT /2021-10-31/functions/{FunctionName}/url
`,
  s3: `
AbortMultipartUpload DELETE /{Bucket}/{Key+} uploadId
CompleteMultipartUpload POST /{Bucket}/{Key+} uploadId
CopyObject PUT /{Bucket}/{Key+} copy
CreateBucket PUT /{Bucket}
CreateBucketMetadataConfiguration POST /{Bucket} metadataConfiguration
CreateBucketMetadataTableConfiguration POST /{Bucket} metadataTable
CreateMultipartUpload POST /{Bucket}/{Key+} uploads
CreateSession GET /{Bucket} session
DeleteBucket DELETE /{Bucket}
DeleteBucketAnalyticsConfiguration DELETE /{Bucket} analytics id
DeleteBucketCors DELETE /{Bucket} cors
DeleteBucketEncryption DELETE /{Bucket} encryption
DeleteBucketIntelligentTieringConfiguration DELETE /{Bucket} intelligent-tiering id
DeleteBucketInventoryConfiguration DELETE /{Bucket} inventory id
DeleteBucketLifecycle DELETE /{Bucket} lifecycle
DeleteBucketMetadataConfiguration DELETE /{Bucket} metadataConfiguration
DeleteBucketMetadataTableConfiguration DELETE /{Bucket} metadataTable
DeleteBucketMetricsConfiguration DELETE /{Bucket} metrics id
DeleteBucketOwnershipControls DELETE /{Bucket} ownershipControls
DeleteBucketPolicy DELETE /{Bucket} policy
DeleteBucketReplication DELETE /{Bucket} replication
DeleteBucketTagging DELETE /{Bucket} tagging
DeleteBucketWebsite DELETE /{Bucket} website
DeleteObject DELETE /{Bucket}/{Key+}
DeleteObjectAnnotation DELETE /{Bucket}/{Key+} annotation annotationName
DeleteObjectTagging DELETE /{Bucket}/{Key+} tagging
DeleteObjects POST /{Bucket} delete
DeletePublicAccessBlock DELETE /{Bucket} publicAccessBlock
GetBucketAbac GET /{Bucket} abac
GetBucketAccelerateConfiguration GET /{Bucket} accelerate
GetBucketAcl GET /{Bucket} acl
GetBucketAnalyticsConfiguration GET /{Bucket} analytics id
GetBucketCors GET /{Bucket} cors
GetBucketEncryption GET /{Bucket} encryption
GetBucketIntelligentTieringConfiguration GET /{Bucket} intelligent-tiering id
GetBucketInventoryConfiguration GET /{Bucket} inventory id
GetBucketLifecycleConfiguration GET /{Bucket} lifecycle
GetBucketLocation GET /{Bucket} location
GetBucketLogging GET /{Bucket} logging
GetBucketMetadataConfiguration GET /{Bucket} metadataConfiguration
GetBucketMetadataTableConfiguration GET /{Bucket} metadataTable
GetBucketMetricsConfiguration GET /{Bucket} metrics id
GetBucketNotificationConfiguration GET /{Bucket} notification
GetBucketOwnershipControls GET /{Bucket} ownershipControls
GetBucketPolicy GET /{Bucket} policy
GetBucketPolicyStatus GET /{Bucket} policyStatus
GetBucketReplication GET /{Bucket} replication
GetBucketRequestPayment GET /{Bucket} requestPayment
GetBucketTagging GET /{Bucket} tagging
GetBucketVersioning GET /{Bucket} versioning
GetBucketWebsite GET /{Bucket} website
GetObject GET /{Bucket}/{Key+}
GetObjectAcl GET /{Bucket}/{Key+} acl
GetObjectAnnotation GET /{Bucket}/{Key+} annotation annotationName
GetObjectAttributes GET /{Bucket}/{Key+} attributes
GetObjectLegalHold GET /{Bucket}/{Key+} legal-hold
GetObjectLockConfiguration GET /{Bucket} object-lock
GetObjectRetention GET /{Bucket}/{Key+} retention
GetObjectTagging GET /{Bucket}/{Key+} tagging
GetObjectTorrent GET /{Bucket}/{Key+} torrent
GetPublicAccessBlock GET /{Bucket} publicAccessBlock
HeadBucket HEAD /{Bucket}
HeadObject HEAD /{Bucket}/{Key+}
ListBucketAnalyticsConfigurations GET /{Bucket} analytics
ListBucketIntelligentTieringConfigurations GET /{Bucket} intelligent-tiering
ListBucketInventoryConfigurations GET /{Bucket} inventory
ListBucketMetricsConfigurations GET /{Bucket} metrics
ListBuckets GET /
ListDirectoryBuckets GET /
ListMultipartUploads GET /{Bucket} uploads
ListObjectAnnotations GET /{Bucket}/{Key+} annotation
ListObjectVersions GET /{Bucket} versions
ListObjects GET /{Bucket}
ListObjectsV2 GET /{Bucket} list-type=2
ListParts GET /{Bucket}/{Key+} uploadId
PutBucketAbac PUT /{Bucket} abac
PutBucketAccelerateConfiguration PUT /{Bucket} accelerate
PutBucketAcl PUT /{Bucket} acl
PutBucketAnalyticsConfiguration PUT /{Bucket} analytics id
PutBucketCors PUT /{Bucket} cors
PutBucketEncryption PUT /{Bucket} encryption
PutBucketIntelligentTieringConfiguration PUT /{Bucket} intelligent-tiering id
PutBucketInventoryConfiguration PUT /{Bucket} inventory id
PutBucketLifecycleConfiguration PUT /{Bucket} lifecycle
PutBucketLogging PUT /{Bucket} logging
PutBucketMetricsConfiguration PUT /{Bucket} metrics id
PutBucketNotificationConfiguration PUT /{Bucket} notification
PutBucketOwnershipControls PUT /{Bucket} ownershipControls
PutBucketPolicy PUT /{Bucket} policy
PutBucketReplication PUT /{Bucket} replication
PutBucketRequestPayment PUT /{Bucket} requestPayment
PutBucketTagging PUT /{Bucket} tagging
PutBucketVersioning PUT /{Bucket} versioning
PutBucketWebsite PUT /{Bucket} website
PutObject PUT /{Bucket}/{Key+}
PutObjectAcl PUT /{Bucket}/{Key+} acl
PutObjectAnnotation PUT /{Bucket}/{Key+} annotation annotationName
PutObjectLegalHold PUT /{Bucket}/{Key+} legal-hold
PutObjectLockConfiguration PUT /{Bucket} object-lock
PutObjectRetention PUT /{Bucket}/{Key+} retention
PutObjectTagging PUT /{Bucket}/{Key+} tagging
PutPublicAccessBlock PUT /{Bucket} publicAccessBlock
RenameObject PUT /{Bucket}/{Key+} renameObject
RestoreObject POST /{Bucket}/{Key+} restore
SelectObjectContent POST /{Bucket}/{Key+} select select-type=2
UpdateBucketMetadataAnnotationTableConfiguration PUT /{Bucket} metadataAnnotationTable
UpdateBucketMetadataInventoryTableConfiguration PUT /{Bucket} metadataInventoryTable
UpdateBucketMetadataJournalTableConfiguration PUT /{Bucket} metadataJournalTable
UpdateObjectEncryption PUT /{Bucket}/{Key+} encryption
UploadPart PUT /{Bucket}/{Key+} partNumber uploadId
UploadPartCopy PUT /{Bucket}/{Key+} partNumber uploadId copy
WriteGetObjectResponse POST /WriteGetObjectResponse
`,
};
