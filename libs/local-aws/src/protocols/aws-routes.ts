/*
 * Generated from the schemas of the AWS SDK by scripts/generate-aws-routes.ts: do not edit.
 */

/**
 * Every operation of AWS's REST services, by path template, with the query parameters and headers that every request for it has:
 * method and name.
 */
export const awsRoutes: Readonly<Record<string, string>> = {
  apigateway: `
/account GET GetAccount PATCH UpdateAccount
/apikeys GET GetApiKeys POST CreateApiKey
/apikeys/{apiKey} DELETE DeleteApiKey GET GetApiKey PATCH UpdateApiKey
/apikeys?mode=import&format POST ImportApiKeys
/clientcertificates GET GetClientCertificates POST GenerateClientCertificate
/clientcertificates/{clientCertificateId} DELETE DeleteClientCertificate GET GetClientCertificate PATCH UpdateClientCertificate
/domainnameaccessassociations GET GetDomainNameAccessAssociations POST CreateDomainNameAccessAssociation
/domainnameaccessassociations/{domainNameAccessAssociationArn} DELETE DeleteDomainNameAccessAssociation
/domainnames GET GetDomainNames POST CreateDomainName
/domainnames/{domainName} DELETE DeleteDomainName GET GetDomainName PATCH UpdateDomainName
/domainnames/{domainName}/basepathmappings GET GetBasePathMappings POST CreateBasePathMapping
/domainnames/{domainName}/basepathmappings/{basePath} DELETE DeleteBasePathMapping GET GetBasePathMapping PATCH UpdateBasePathMapping
/rejectdomainnameaccessassociations?domainNameAccessAssociationArn&domainNameArn POST RejectDomainNameAccessAssociation
/restapis GET GetRestApis POST CreateRestApi
/restapis/{restApiId} DELETE DeleteRestApi GET GetRestApi PATCH UpdateRestApi PUT PutRestApi
/restapis/{restApiId}/authorizers GET GetAuthorizers POST CreateAuthorizer
/restapis/{restApiId}/authorizers/{authorizerId} DELETE DeleteAuthorizer GET GetAuthorizer PATCH UpdateAuthorizer POST TestInvokeAuthorizer
/restapis/{restApiId}/deployments GET GetDeployments POST CreateDeployment
/restapis/{restApiId}/deployments/{deploymentId} DELETE DeleteDeployment GET GetDeployment PATCH UpdateDeployment
/restapis/{restApiId}/documentation/parts GET GetDocumentationParts POST CreateDocumentationPart PUT ImportDocumentationParts
/restapis/{restApiId}/documentation/parts/{documentationPartId} DELETE DeleteDocumentationPart GET GetDocumentationPart PATCH UpdateDocumentationPart
/restapis/{restApiId}/documentation/versions GET GetDocumentationVersions POST CreateDocumentationVersion
/restapis/{restApiId}/documentation/versions/{documentationVersion} DELETE DeleteDocumentationVersion GET GetDocumentationVersion PATCH UpdateDocumentationVersion
/restapis/{restApiId}/gatewayresponses GET GetGatewayResponses
/restapis/{restApiId}/gatewayresponses/{responseType} DELETE DeleteGatewayResponse GET GetGatewayResponse PATCH UpdateGatewayResponse PUT PutGatewayResponse
/restapis/{restApiId}/models GET GetModels POST CreateModel
/restapis/{restApiId}/models/{modelName} DELETE DeleteModel GET GetModel PATCH UpdateModel
/restapis/{restApiId}/models/{modelName}/default_template GET GetModelTemplate
/restapis/{restApiId}/requestvalidators GET GetRequestValidators POST CreateRequestValidator
/restapis/{restApiId}/requestvalidators/{requestValidatorId} DELETE DeleteRequestValidator GET GetRequestValidator PATCH UpdateRequestValidator
/restapis/{restApiId}/resources GET GetResources
/restapis/{restApiId}/resources/{parentId} POST CreateResource
/restapis/{restApiId}/resources/{resourceId} DELETE DeleteResource GET GetResource PATCH UpdateResource
/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod} DELETE DeleteMethod GET GetMethod PATCH UpdateMethod POST TestInvokeMethod PUT PutMethod
/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration DELETE DeleteIntegration GET GetIntegration PATCH UpdateIntegration PUT PutIntegration
/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration/responses/{statusCode} DELETE DeleteIntegrationResponse GET GetIntegrationResponse PATCH UpdateIntegrationResponse PUT PutIntegrationResponse
/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/responses/{statusCode} DELETE DeleteMethodResponse GET GetMethodResponse PATCH UpdateMethodResponse PUT PutMethodResponse
/restapis/{restApiId}/stages GET GetStages POST CreateStage
/restapis/{restApiId}/stages/{stageName} DELETE DeleteStage GET GetStage PATCH UpdateStage
/restapis/{restApiId}/stages/{stageName}/cache/authorizers DELETE FlushStageAuthorizersCache
/restapis/{restApiId}/stages/{stageName}/cache/data DELETE FlushStageCache
/restapis/{restApiId}/stages/{stageName}/exports/{exportType} GET GetExport
/restapis/{restApiId}/stages/{stageName}/sdks/{sdkType} GET GetSdk
/restapis?mode=import POST ImportRestApi
/sdktypes GET GetSdkTypes
/sdktypes/{id} GET GetSdkType
/tags/{resourceArn} GET GetTags PUT TagResource
/tags/{resourceArn}?tagKeys DELETE UntagResource
/usageplans GET GetUsagePlans POST CreateUsagePlan
/usageplans/{usagePlanId} DELETE DeleteUsagePlan GET GetUsagePlan PATCH UpdateUsagePlan
/usageplans/{usagePlanId}/keys GET GetUsagePlanKeys POST CreateUsagePlanKey
/usageplans/{usagePlanId}/keys/{keyId} DELETE DeleteUsagePlanKey GET GetUsagePlanKey
/usageplans/{usagePlanId}/keys/{keyId}/usage PATCH UpdateUsage
/usageplans/{usagePlanId}/usage?startDate&endDate GET GetUsage
/vpclinks GET GetVpcLinks POST CreateVpcLink
/vpclinks/{vpcLinkId} DELETE DeleteVpcLink GET GetVpcLink PATCH UpdateVpcLink
`,
  lambda: `
/2014-11-13/functions/{FunctionName}/invoke-async POST InvokeAsync
/2015-03-31/event-source-mappings GET ListEventSourceMappings POST CreateEventSourceMapping
/2015-03-31/event-source-mappings/{UUID} DELETE DeleteEventSourceMapping GET GetEventSourceMapping PUT UpdateEventSourceMapping
/2015-03-31/functions GET ListFunctions POST CreateFunction
/2015-03-31/functions/{FunctionName} DELETE DeleteFunction GET GetFunction
/2015-03-31/functions/{FunctionName}/aliases GET ListAliases POST CreateAlias
/2015-03-31/functions/{FunctionName}/aliases/{Name} DELETE DeleteAlias GET GetAlias PUT UpdateAlias
/2015-03-31/functions/{FunctionName}/code PUT UpdateFunctionCode
/2015-03-31/functions/{FunctionName}/configuration GET GetFunctionConfiguration PUT UpdateFunctionConfiguration
/2015-03-31/functions/{FunctionName}/invocations POST Invoke
/2015-03-31/functions/{FunctionName}/policy GET GetPolicy POST AddPermission
/2015-03-31/functions/{FunctionName}/policy/{StatementId} DELETE RemovePermission
/2015-03-31/functions/{FunctionName}/versions GET ListVersionsByFunction POST PublishVersion
/2016-08-19/account-settings GET GetAccountSettings
/2017-03-31/tags/{Resource} GET ListTags POST TagResource
/2017-03-31/tags/{Resource}?tagKeys DELETE UntagResource
/2017-10-31/functions/{FunctionName}/concurrency DELETE DeleteFunctionConcurrency PUT PutFunctionConcurrency
/2018-10-31/layers GET ListLayers
/2018-10-31/layers/{LayerName}/versions GET ListLayerVersions POST PublishLayerVersion
/2018-10-31/layers/{LayerName}/versions/{VersionNumber} DELETE DeleteLayerVersion GET GetLayerVersion
/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy GET GetLayerVersionPolicy POST AddLayerVersionPermission
/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId} DELETE RemoveLayerVersionPermission
/2018-10-31/layers?find=LayerVersion&Arn GET GetLayerVersionByArn
/2019-09-25/functions/{FunctionName}/event-invoke-config DELETE DeleteFunctionEventInvokeConfig GET GetFunctionEventInvokeConfig POST UpdateFunctionEventInvokeConfig PUT PutFunctionEventInvokeConfig
/2019-09-25/functions/{FunctionName}/event-invoke-config/list GET ListFunctionEventInvokeConfigs
/2019-09-30/functions/{FunctionName}/concurrency GET GetFunctionConcurrency
/2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL GET ListProvisionedConcurrencyConfigs
/2019-09-30/functions/{FunctionName}/provisioned-concurrency?Qualifier DELETE DeleteProvisionedConcurrencyConfig GET GetProvisionedConcurrencyConfig PUT PutProvisionedConcurrencyConfig
/2020-04-22/code-signing-configs GET ListCodeSigningConfigs POST CreateCodeSigningConfig
/2020-04-22/code-signing-configs/{CodeSigningConfigArn} DELETE DeleteCodeSigningConfig GET GetCodeSigningConfig PUT UpdateCodeSigningConfig
/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions GET ListFunctionsByCodeSigningConfig
/2020-06-30/functions/{FunctionName}/code-signing-config DELETE DeleteFunctionCodeSigningConfig GET GetFunctionCodeSigningConfig PUT PutFunctionCodeSigningConfig
/2021-07-20/functions/{FunctionName}/runtime-management-config GET GetRuntimeManagementConfig PUT PutRuntimeManagementConfig
/2021-10-31/functions/{FunctionName}/url DELETE DeleteFunctionUrlConfig GET GetFunctionUrlConfig POST CreateFunctionUrlConfig PUT UpdateFunctionUrlConfig
/2021-10-31/functions/{FunctionName}/urls GET ListFunctionUrlConfigs
/2021-11-15/functions/{FunctionName}/response-streaming-invocations POST InvokeWithResponseStream
/2024-08-31/functions/{FunctionName}/recursion-config GET GetFunctionRecursionConfig PUT PutFunctionRecursionConfig
/2025-11-30/capacity-providers GET ListCapacityProviders POST CreateCapacityProvider
/2025-11-30/capacity-providers/{CapacityProviderName} DELETE DeleteCapacityProvider GET GetCapacityProvider PUT UpdateCapacityProvider
/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions GET ListFunctionVersionsByCapacityProvider
/2025-11-30/functions/{FunctionName}/function-scaling-config?Qualifier GET GetFunctionScalingConfig PUT PutFunctionScalingConfig
/2025-12-01/durable-execution-callbacks/{CallbackId}/fail POST SendDurableExecutionCallbackFailure
/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat POST SendDurableExecutionCallbackHeartbeat
/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed POST SendDurableExecutionCallbackSuccess
/2025-12-01/durable-executions/{DurableExecutionArn} GET GetDurableExecution
/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint POST CheckpointDurableExecution
/2025-12-01/durable-executions/{DurableExecutionArn}/history GET GetDurableExecutionHistory
/2025-12-01/durable-executions/{DurableExecutionArn}/state?CheckpointToken GET GetDurableExecutionState
/2025-12-01/durable-executions/{DurableExecutionArn}/stop POST StopDurableExecution
/2025-12-01/functions/{FunctionName}/durable-executions GET ListDurableExecutionsByFunction
/2026-07-09/resource-policy/{ResourceArn} DELETE DeleteResourcePolicy GET GetResourcePolicy PUT PutResourcePolicy
`,
  s3: `
/ GET ListBuckets GET ListDirectoryBuckets
/WriteGetObjectResponse POST WriteGetObjectResponse
/{Bucket} DELETE DeleteBucket GET ListObjects HEAD HeadBucket PUT CreateBucket
/{Bucket}/{Key+} DELETE DeleteObject GET GetObject HEAD HeadObject PUT PutObject
/{Bucket}/{Key+}?acl GET GetObjectAcl PUT PutObjectAcl
/{Bucket}/{Key+}?annotation GET ListObjectAnnotations
/{Bucket}/{Key+}?annotation&annotationName DELETE DeleteObjectAnnotation GET GetObjectAnnotation PUT PutObjectAnnotation
/{Bucket}/{Key+}?attributes GET GetObjectAttributes
/{Bucket}/{Key+}?encryption PUT UpdateObjectEncryption
/{Bucket}/{Key+}?legal-hold GET GetObjectLegalHold PUT PutObjectLegalHold
/{Bucket}/{Key+}?partNumber&uploadId PUT UploadPart
/{Bucket}/{Key+}?partNumber&uploadId&x-amz-copy-source PUT UploadPartCopy
/{Bucket}/{Key+}?renameObject PUT RenameObject
/{Bucket}/{Key+}?restore POST RestoreObject
/{Bucket}/{Key+}?retention GET GetObjectRetention PUT PutObjectRetention
/{Bucket}/{Key+}?select&select-type=2 POST SelectObjectContent
/{Bucket}/{Key+}?tagging DELETE DeleteObjectTagging GET GetObjectTagging PUT PutObjectTagging
/{Bucket}/{Key+}?torrent GET GetObjectTorrent
/{Bucket}/{Key+}?uploadId DELETE AbortMultipartUpload GET ListParts POST CompleteMultipartUpload
/{Bucket}/{Key+}?uploads POST CreateMultipartUpload
/{Bucket}/{Key+}?x-amz-copy-source PUT CopyObject
/{Bucket}?abac GET GetBucketAbac PUT PutBucketAbac
/{Bucket}?accelerate GET GetBucketAccelerateConfiguration PUT PutBucketAccelerateConfiguration
/{Bucket}?acl GET GetBucketAcl PUT PutBucketAcl
/{Bucket}?analytics GET ListBucketAnalyticsConfigurations
/{Bucket}?analytics&id DELETE DeleteBucketAnalyticsConfiguration GET GetBucketAnalyticsConfiguration PUT PutBucketAnalyticsConfiguration
/{Bucket}?cors DELETE DeleteBucketCors GET GetBucketCors PUT PutBucketCors
/{Bucket}?delete POST DeleteObjects
/{Bucket}?encryption DELETE DeleteBucketEncryption GET GetBucketEncryption PUT PutBucketEncryption
/{Bucket}?intelligent-tiering GET ListBucketIntelligentTieringConfigurations
/{Bucket}?intelligent-tiering&id DELETE DeleteBucketIntelligentTieringConfiguration GET GetBucketIntelligentTieringConfiguration PUT PutBucketIntelligentTieringConfiguration
/{Bucket}?inventory GET ListBucketInventoryConfigurations
/{Bucket}?inventory&id DELETE DeleteBucketInventoryConfiguration GET GetBucketInventoryConfiguration PUT PutBucketInventoryConfiguration
/{Bucket}?lifecycle DELETE DeleteBucketLifecycle GET GetBucketLifecycleConfiguration PUT PutBucketLifecycleConfiguration
/{Bucket}?list-type=2 GET ListObjectsV2
/{Bucket}?location GET GetBucketLocation
/{Bucket}?logging GET GetBucketLogging PUT PutBucketLogging
/{Bucket}?metadataAnnotationTable PUT UpdateBucketMetadataAnnotationTableConfiguration
/{Bucket}?metadataConfiguration DELETE DeleteBucketMetadataConfiguration GET GetBucketMetadataConfiguration POST CreateBucketMetadataConfiguration
/{Bucket}?metadataInventoryTable PUT UpdateBucketMetadataInventoryTableConfiguration
/{Bucket}?metadataJournalTable PUT UpdateBucketMetadataJournalTableConfiguration
/{Bucket}?metadataTable DELETE DeleteBucketMetadataTableConfiguration GET GetBucketMetadataTableConfiguration POST CreateBucketMetadataTableConfiguration
/{Bucket}?metrics GET ListBucketMetricsConfigurations
/{Bucket}?metrics&id DELETE DeleteBucketMetricsConfiguration GET GetBucketMetricsConfiguration PUT PutBucketMetricsConfiguration
/{Bucket}?notification GET GetBucketNotificationConfiguration PUT PutBucketNotificationConfiguration
/{Bucket}?object-lock GET GetObjectLockConfiguration PUT PutObjectLockConfiguration
/{Bucket}?ownershipControls DELETE DeleteBucketOwnershipControls GET GetBucketOwnershipControls PUT PutBucketOwnershipControls
/{Bucket}?policy DELETE DeleteBucketPolicy GET GetBucketPolicy PUT PutBucketPolicy
/{Bucket}?policyStatus GET GetBucketPolicyStatus
/{Bucket}?publicAccessBlock DELETE DeletePublicAccessBlock GET GetPublicAccessBlock PUT PutPublicAccessBlock
/{Bucket}?replication DELETE DeleteBucketReplication GET GetBucketReplication PUT PutBucketReplication
/{Bucket}?requestPayment GET GetBucketRequestPayment PUT PutBucketRequestPayment
/{Bucket}?session GET CreateSession
/{Bucket}?tagging DELETE DeleteBucketTagging GET GetBucketTagging PUT PutBucketTagging
/{Bucket}?uploads GET ListMultipartUploads
/{Bucket}?versioning GET GetBucketVersioning PUT PutBucketVersioning
/{Bucket}?versions GET ListObjectVersions
/{Bucket}?website DELETE DeleteBucketWebsite GET GetBucketWebsite PUT PutBucketWebsite
`,
};
