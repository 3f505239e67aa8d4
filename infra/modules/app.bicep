metadata description = 'The function app on Flex Consumption: plan, site, every app setting, and App Service Authentication in front.'

@description('The name of the app, and of its host.')
param name string

@description('The name of the plan.')
param planName string

@description('The region of both.')
param location string

@description('The tags of both.')
param tags object

@description('The name of the managed identity.')
param identityName string

@description('The name of the storage account.')
param storageName string

@description('The container of the app\'s package.')
param deploymentContainerName string

@description('The name of the Application Insights component.')
param applicationInsightsName string

@description('The workspace that keeps the metrics of the platform.')
param workspaceId string

@description('The subnet the app is in; empty for none.')
param subnetId string

@description('The application (client) id of the app registration.')
param clientId string

@description('Its application ID URI.')
param identifierUri string

@description('Its further application ID URIs.')
param extraIdentifierUris string[]

@description('The scope clients ask for.')
param scopeName string

@description('The client apps that may call.')
param allowedClientIds string[]

@description('The tenants whose users may call; empty for the one of this deployment.')
param allowedTenantIds string[]

@description('Whether these are others than the one of this deployment.')
param isMultiTenant bool

@description('The cloud of the tenant: public, usgov or china.')
param cloud string

@description('The sign-in host of the cloud, as a URL that ends in a slash.')
param signInEndpoint string

@description('How host and app send logs and traces: applicationInsights or openTelemetry.')
@allowed(['applicationInsights', 'openTelemetry'])
param telemetry string

@description('Whether tools that change things are offered.')
param enableWriteTools bool

@description('Which writes wait until the user confirms them: none, others or all.')
param confirmWrites string

@description('The tools or families offered; empty for all.')
param tools string[]

@description('The areas that graph_read and devops_read may read; empty for none.')
param readMore string

@description('The permissions they may ask for besides those of the tools.')
param readMoreScopes string[]

@description('The app roles and groups that tools ask of their users, as JSON.')
param toolPolicy string

@description('How often each user may call.')
param rateLimit string

@description('The address of the Key Vault secret with the URL of the Redis that counts calls; empty for none.')
param rateLimitRedisVaultUri string

@description('How many hours after its issue an access token is still accepted.')
param maxTokenAgeHours int

@description('How many seconds a tool call may last.')
param toolTimeoutSeconds int

@description('The size of the largest result, in characters.')
param maxResultCharacters int

@description('The memory of an instance, in MB.')
param instanceMemoryMB int

@description('The largest number of instances.')
param maximumInstanceCount int

@description('How many calls one instance serves at a time.')
param perInstanceConcurrency int

@description('How many instances are kept running.')
param alwaysReadyInstances int

@description('Whether a gateway that sets X-Forwarded-Host stands in front.')
param behindGateway bool

@description('Where the sign-in proxy is: empty for nowhere, metadata, app or gateway.')
param signInProxy string

@description('The client id of its registration; empty where it has none.')
param signInClientId string

@description('Its issuer; empty without it.')
param signInOrigin string

@description('The hosts of the client id metadata documents it takes; empty for any.')
param signInClients string[]

@description('Further redirect addresses it takes.')
param signInRedirects string[]

@description('Whether it registers clients.')
param signInRegistration bool

@description('Whether the app answers with the metadata of the resource, which otherwise the platform does.')
param servesResourceMetadata bool

@description('The origins of web pages that may call; empty for none.')
param corsOrigins string[]

var tenantId = tenant().tenantId
var tenantIds = empty(allowedTenantIds) ? [tenantId] : allowedTenantIds

// What docs/telemetry.md explains. Left to itself the distribution would send the whole addresses of requests, with
// people's ids and searches in them, and ask further hosts of Microsoft about itself.
var openTelemetrySettings = {
  AzureFunctionsJobHost__telemetryMode: 'OpenTelemetry'
  PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'
  OTEL_PYTHON_DISABLED_INSTRUMENTATIONS: 'azure_sdk,django,fastapi,flask,httpx,httpx2,psycopg2,requests,urllib,urllib3'
  APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL: 'true'
  APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED: 'true'
}

// With `common` the platform takes the issuer of any tenant; which ones may call, its setting and the app say.
var issuerTenant = isMultiTenant ? 'common' : tenantId

// The platform proves the app by the identity in the setting of exactly this name, where others keep a secret.
var identitySetting = 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'

var signsIn = signInProxy == 'app' || signInProxy == 'gateway'

// While it is set, the platform answers with the metadata of the resource, and names Entra.
var advertised = { WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES: '${identifierUri}/${scopeName}' }

// What anybody may ask the app for without a token. Each path is spelled out, as whether Easy Auth knows wildcards
// is documented nowhere, and one that is too wide would let strangers call tools.
var resourceMetadataPaths = [
  '/.well-known/oauth-protected-resource'
  '/.well-known/oauth-protected-resource/runtime/webhooks/mcp'
]
var signInPaths = [
  '/oauth/register'
  '/oauth/authorize'
  '/oauth/consent'
  '/oauth/callback'
  '/oauth/token'
  '/oauth/revoke'
]
var openPaths = concat(
  ['/api/health'],
  empty(signInProxy) ? [] : ['/.well-known/oauth-authorization-server'],
  servesResourceMetadata ? resourceMetadataPaths : [],
  signsIn ? signInPaths : []
)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName
}

// Read here, as what one module hands to another stays in the history of deployments.
resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: { reserved: true }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    keyVaultReferenceIdentity: identity.id
    siteConfig: {
      minTlsVersion: '1.2'
      cors: { allowedOrigins: corsOrigins, supportCredentials: false }
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${deploymentContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        // Calls come over HTTP, to a webhook of the host.
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
        // Unset it is 1 for Python, as a worker that runs plain functions serves one at a time. This app is
        // asynchronous and mostly waits for Graph, Azure DevOps and Entra, so one instance serves many; it
        // sends 32 requests at a time to each of them, and more calls than that would only queue there.
        triggers: { http: { perInstanceConcurrency: perInstanceConcurrency } }
      }
    }
  }
}

// Deployments come with tokens of Entra; passwords would be a second way in.
resource ftpPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'ftp'
  properties: { allow: false }
}

resource scmPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'scm'
  properties: { allow: false }
}

// All of them: what is not listed here is taken away at the next deployment.
resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: union(servesResourceMetadata ? {} : advertised, telemetry == 'openTelemetry' ? openTelemetrySettings : {}, {
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identity.properties.clientId
    AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
    AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
    AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
    APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
    '${identitySetting}': identity.properties.clientId
    WEBSITE_AUTH_AAD_ALLOWED_TENANTS: join(tenantIds, ',')
    AZURE_CLOUD: cloud
    AZURE_TENANT_ID: tenantId
    AZURE_CLIENT_ID: clientId
    REQUIRED_SCOPE: scopeName
    ALLOWED_CLIENT_IDS: join(allowedClientIds, ',')
    ALLOWED_TENANT_IDS: join(tenantIds, ',')
    MAX_TOKEN_AGE_HOURS: string(maxTokenAgeHours)
    ENABLE_WRITE_TOOLS: enableWriteTools ? 'true' : 'false'
    TOOLS: join(tools, ',')
    CONFIRM_WRITES: confirmWrites
    READ_MORE: readMore
    READ_MORE_SCOPES: join(readMoreScopes, ',')
    TOOL_POLICY: toolPolicy
    RATE_LIMIT: rateLimit
    RATE_LIMIT_REDIS_URL: empty(rateLimitRedisVaultUri) ? '' : '@Microsoft.KeyVault(SecretUri=${rateLimitRedisVaultUri})'
    TOOL_TIMEOUT_SECONDS: string(toolTimeoutSeconds)
    MAX_RESULT_CHARACTERS: string(maxResultCharacters)
    PREFERENCES_TABLE_URL: '${storage.properties.primaryEndpoints.table}preferences'
    SIGN_IN_PROXY: signInProxy
    SIGN_IN_CLIENT_ID: signInClientId
    SIGN_IN_ORIGIN: signInOrigin
    SIGN_IN_CLIENTS: join(signInClients, ',')
    SIGN_IN_REDIRECTS: join(signInRedirects, ',')
    SIGN_IN_REGISTRATION: signInRegistration ? 'true' : 'false'
    SIGN_IN_SCOPE: '${identifierUri}/${scopeName}'
    SIGN_IN_TABLE_URL: !signsIn ? '' : '${storage.properties.primaryEndpoints.table}signin'
  })
}

resource authentication 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
      runtimeVersion: '~1'
    }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      redirectToProvider: 'azureactivedirectory'
      excludedPaths: openPaths
    }
    httpSettings: {
      requireHttps: true
      routes: { apiPrefix: '/.auth' }
      forwardProxy: { convention: behindGateway ? 'Standard' : 'NoProxy' }
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          openIdIssuer: '${signInEndpoint}${issuerTenant}/v2.0'
          clientId: clientId
          clientSecretSettingName: identitySetting
        }
        validation: {
          allowedAudiences: union([clientId, identifierUri], extraIdentifierUris)
          defaultAuthorizationPolicy: { allowedApplications: allowedClientIds }
        }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
  // It names a setting, which must be there.
  dependsOn: [settings]
}

resource platformMetrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'metrics'
  scope: site
  properties: {
    workspaceId: workspaceId
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output siteId string = site.id
