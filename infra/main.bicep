targetScope = 'subscription'

metadata description = 'An MCP server for Microsoft 365 and Azure DevOps, on Azure Functions, without a secret.'

@description('The name of this deployment, such as prod: resources and the app registration are named after it.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('The Azure region of all resources; it must offer Flex Consumption.')
@metadata({ azd: { type: 'location' } })
param location string

@description('The object id of who deploys. A user is let in as the first one; empty for nobody.')
param principalId string = ''

@description('Whether a user or a service principal (a pipeline) deploys.')
@allowed(['User', 'ServicePrincipal'])
param principalType string = 'User'

@description('The name of the resource group; empty for one after the environment.')
param resourceGroupName string = ''

@description('create makes the app registration; existing uses one made before, as infra/README.md says.')
@allowed(['create', 'existing'])
param entraMode string = 'create'

@description('The application (client) id of the existing app registration.')
param existingClientId string = ''

@description('The application ID URI of the existing app registration; empty for api://<client id>.')
param existingIdentifierUri string = ''

@description('Whether to add the two addresses of the server to the application ID URIs, for clients that send one of them as RFC 8707 `resource`. The tenant must allow https URIs whose host it has not verified, as Entra does for applications whose tokens are of version 2.')
param registerServerAddress bool = false

@description('Further application ID URIs, for clients that send the address of the server as RFC 8707 `resource`; each must be allowed by the policy of the tenant.')
param extraIdentifierUris string[] = []

@description('The sign-in proxy for clients that Entra does not know: empty for none, metadata for two metadata documents that name the endpoints of Entra, app or gateway for all of it, at the address of the app or of API Management. For users of one tenant alone.')
@allowed(['', 'metadata', 'app', 'gateway'])
param signInProxy string = ''

@description('The application (client) id of the existing registration of the sign-in proxy; required with an existing app registration and the proxy at app or gateway.')
param existingSignInClientId string = ''

@description('The hosts of the client id metadata documents that the sign-in proxy takes; empty for any.')
param signInClients string[] = []

@description('Further redirect addresses of clients that the sign-in proxy takes, each exact, such as those of a private scheme.')
param signInRedirects string[] = []

@description('Whether the sign-in proxy registers clients that ask it to (RFC 7591).')
param signInRegistration bool = false

@description('The origins of web pages that may call the server from a browser, each exact; empty for none. One with a wildcard is left out.')
param corsOrigins string[] = []

@description('The client apps that may call, and need no consent of their users for it: Visual Studio Code and the Azure CLI.')
@minLength(1)
param preAuthorizedClientIds string[] = [
  'aebc6443-996d-45c2-90f0-388ff96faa56'
  '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
]

@description('Further app roles to declare, besides Tools.Use, Tools.Write and those that tools or toolPolicy name.')
param appRoles string[] = []

@description('Whether to make a group of users and let it in. Assigning a group needs Entra ID P1.')
param createUserGroup bool = true

@description('Whether to consent, for all users, to the permissions of the tools offered. Needs a Privileged Role Administrator.')
param grantAdminConsent bool = false

@description('Whether tools of Azure DevOps are offered; false where the tenant does not use it.')
param includeDevOps bool = true

@description('Whether tools that change things are offered.')
param enableWriteTools bool = false

@description('The tools, families or presets (lean, developer, scrum, office, teamwork, all) offered; empty for lean.')
param tools string[] = []

@description('The areas of Graph and Azure DevOps that graph_read and devops_read may read, such as graph:mail,calendar;devops:*; empty for none.')
param readMore string = ''

@description('Which writes wait until the user confirms them in an MCP App: none, others (those that others can see), or all.')
@allowed(['none', 'others', 'all'])
param confirmWrites string = 'none'

@description('Delegated permissions to ask for besides those of the tools, for what readMore opens: names of infra/permissions.json.')
param readMoreScopes string[] = []

@description('The app roles, groups and scopes that tools require: what TOOL_POLICY holds, as an object.')
param toolPolicy object = {}

@description('How often each user may call, such as 120/minute; none for no limit.')
@minLength(1)
param rateLimit string = '120/minute'

@description('The address of the Key Vault secret that holds the URL of a Redis, which counts calls for all instances together; empty for a count in each. It is an address, no secret.')
param rateLimitRedisVaultUri string = ''

@description('The tenants whose users may call; empty for the one of this deployment. With others the app registration becomes multi-tenant, and an administrator of each consents there.')
@maxLength(10)
param allowedTenantIds string[] = []

@description('How many hours after its issue an access token is still accepted.')
@minValue(1)
@maxValue(720)
param maxTokenAgeHours int = 24

@description('How many seconds a tool call may last.')
@minValue(1)
@maxValue(220)
param toolTimeoutSeconds int = 100

@description('The size of the largest result, in characters.')
@minValue(4000)
@maxValue(1000000)
param maxResultCharacters int = 40000

@description('The memory of an instance, in MB; its cores go with it.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('The largest number of instances.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('How many calls one instance serves at a time.')
@minValue(1)
@maxValue(1000)
param perInstanceConcurrency int = 32

@description('How many instances are kept running; 0 for none, and a cold start after idle time. With 2, one is there while the platform replaces the other.')
@minValue(0)
@maxValue(1000)
param alwaysReadyInstances int = 0

@description('The redundancy of the storage account; zone redundancy is not in every region.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@description('How many days logs, and with them the audit record, are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('How many GB of logs are taken in a day; -1 for no limit. Beyond it there is no audit record until the next day.')
@minValue(-1)
param dailyLogQuotaGb int = 5

@description('How host and app send logs and traces to Application Insights: by its own SDK, or by OpenTelemetry, with the spans and metrics of the app.')
@allowed(['applicationInsights', 'openTelemetry'])
param telemetry string = 'applicationInsights'

@description('Whether storage is reached through a virtual network only.')
param enableNetwork bool = false

@description('Whether API Management stands in front.')
param enableGateway bool = false

@description('The address that Azure writes to about the gateway; required with one.')
param gatewayPublisherEmail string = ''

@description('The tier of the gateway. Developer has no guarantee; Consumption cannot count by user.')
@allowed(['Developer', 'BasicV2', 'StandardV2'])
param gatewaySku string = 'BasicV2'

@description('How many requests a minute the gateway takes from each user. A tool call is one; beginning a session takes three.')
@minValue(1)
param gatewayCallsPerMinute int = 240

@description('Whether somebody is told when things go wrong.')
param enableAlerts bool = true

@description('The addresses that get a mail for each alert and for the budget; with none, alerts show in the portal only.')
param alertEmails string[] = []

@description('Whether the 401 and 403 of App Service Authentication are watched too. Their metrics are not documented for Flex Consumption.')
param alertOnPlatformRefusals bool = false

@description('What the resource group may cost a month, in the currency of the subscription; 0 for no budget.')
@minValue(0)
param budgetAmount int = 0

@description('The first of the month in which the budget begins, such as 2026-12-01; it cannot be changed later. Required with a budget.')
param budgetStartDate string = ''

@description('Who answers for this server, as a tag.')
param owner string = ''

@description('When its security was last reviewed, such as 2026-11-21, as a tag; empty for not yet.')
param securityReviewDate string = ''

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
  'mcp-server-approved': empty(securityReviewDate) ? 'no' : 'yes'
  'security-review-date': securityReviewDate
  owner: owner
}
// What differs between clouds and is not in `environment()`.
var clouds = {
  AzureCloud: {
    name: 'public'
    siteSuffix: 'azurewebsites.net'
    gatewaySuffix: 'azure-api.net'
    tokenExchangeAudience: 'api://AzureADTokenExchange'
  }
  AzureUSGovernment: {
    name: 'usgov'
    siteSuffix: 'azurewebsites.us'
    gatewaySuffix: 'azure-api.us'
    tokenExchangeAudience: 'api://AzureADTokenExchangeUSGov'
  }
  AzureChinaCloud: {
    name: 'china'
    siteSuffix: 'chinacloudsites.cn'
    gatewaySuffix: 'azure-api.cn'
    tokenExchangeAudience: 'api://AzureADTokenExchangeChina'
  }
}
var cloud = clouds[environment().name]
// In China environment() has an older name of the sign-in host, which is not the issuer of tokens.
var usualSignIn = environment().authentication.loginEndpoint
var signInEndpoint = cloud.name == 'china' ? 'https://login.partner.microsoftonline.cn/' : usualSignIn

// The scope clients ask for: exposed by the registration, advertised by the platform, required by the app.
var scopeName = 'access_as_user'

// The same rule as `offered` in shared/tools; a name is a tool's, a family's or a preset's.
var catalogue = loadJsonContent('permissions.json')
var permitted = filter(catalogue.tools, tool => enableWriteTools || !tool.writes)
var wanted = empty(tools) ? [catalogue.defaultPreset] : tools
var chosen = filter(permitted, tool => !empty(intersection(wanted, concat(tool.presets, [tool.name, tool.family]))))
var withoutItsReads = filter(chosen, tool => tool.reads != 'devops')
var withoutDevOps = filter(withoutItsReads, tool => empty(filter(tool.scopes, scope => startsWith(scope, 'vso.'))))
var offered = includeDevOps ? chosen : withoutDevOps
var toolNames = includeDevOps || empty(offered) ? tools : map(offered, tool => tool.name)

// Members of more groups than a token holds are looked up in Graph.
var requirements = map(items(toolPolicy), entry => entry.value)
var asksForGroups = !empty(filter(requirements, requirement => contains(requirement, 'groups')))
var groupsScopes = asksForGroups ? [catalogue.groupsScope] : []
var scopes = union(flatten(map(offered, tool => tool.scopes)), groupsScopes)
var readScopes = empty(readMore) ? [] : readMoreScopes
var known = concat(catalogue.scopes, catalogue.furtherScopes)
var permissions = filter(known, scope => contains(union(scopes, readScopes), scope.name))
var policyRoles = flatten(map(requirements, requirement => requirement.?roles ?? []))
var policyScopes = flatten(map(requirements, requirement => requirement.?scopes ?? []))

var otherTenantIds = filter(allowedTenantIds, id => toLower(id) != tenant().tenantId)
var createsEntra = entraMode == 'create'
// Without uniqueString, so that the hook after `azd down` can say it without the outputs, which are gone by then.
var appUniqueName = 'm365-devops-mcp-${environmentName}-${take(subscription().subscriptionId, 8)}'

// Names are computed here, not handed on as outputs of modules: a preview (what-if) knows no outputs, and
// leaves out every module whose resources it cannot name.
var identityName = 'id-mcp-${token}'
var applicationInsightsName = 'appi-mcp-${token}'
var storageName = 'stmcp${token}'
var deploymentContainerName = 'app-package'
var appName = 'func-mcp-${token}'
var hostName = '${appName}.${cloud.siteSuffix}'
var appUrl = 'https://${hostName}'
var mcpPath = '/runtime/webhooks/mcp'
var mcpUrl = '${appUrl}${mcpPath}'
var gatewayName = 'apim-mcp-${token}'
var clientsUrl = enableGateway ? 'https://${gatewayName}.${cloud.gatewaySuffix}' : appUrl
// Clients that find Entra by the proxy's metadata send the address of the server as `resource`: the documents
// without the address, or the other way round, let nobody in.
var registersServerAddress = registerServerAddress || signInProxy == 'metadata'
var serverUris = registersServerAddress ? [clientsUrl, '${clientsUrl}${mcpPath}'] : []
var furtherUris = union(extraIdentifierUris, serverUris)
var existingUri = empty(existingIdentifierUri) ? 'api://${existingClientId}' : existingIdentifierUri
var clientId = createsEntra ? entra!.outputs.clientId : existingClientId
var identifierUri = createsEntra ? entra!.outputs.identifierUri : existingUri

// The proxy at `app` or `gateway` signs people in itself, by a registration of its own.
var proxySignsIn = signInProxy == 'app' || signInProxy == 'gateway'
var proxyUrl = signInProxy == 'app' ? appUrl : clientsUrl
var gatewayIsIssuer = enableGateway && (signInProxy == 'metadata' || signInProxy == 'gateway')
var createdSignInClientId = createsEntra ? entra!.outputs.signInClientId : existingSignInClientId
var signInClientId = proxySignsIn ? createdSignInClientId : ''
var allowedClientIds = union(preAuthorizedClientIds, proxySignsIn ? [signInClientId] : [])
var browserOrigins = filter(corsOrigins, origin => !contains(origin, '*'))

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: empty(resourceGroupName) ? 'rg-${environmentName}' : resourceGroupName
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: identityName
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: 'log-mcp-${token}'
    applicationInsightsName: applicationInsightsName
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyQuotaGb: dailyLogQuotaGb
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: storageName
    location: location
    tags: tags
    sku: storageSku
    deploymentContainerName: deploymentContainerName
    isPrivate: enableNetwork
    workspaceId: monitoring.outputs.workspaceId
  }
}

module roles 'modules/roles.bicep' = {
  scope: group
  params: {
    identityName: identityName
    storageName: storageName
    applicationInsightsName: applicationInsightsName
  }
  dependsOn: [identity, storage, monitoring]
}

module entra 'modules/entra.bicep' = if (createsEntra) {
  scope: group
  params: {
    uniqueName: appUniqueName
    displayName: 'M365 and DevOps MCP server (${environmentName})'
    isMultiTenant: !empty(otherTenantIds)
    scopeName: scopeName
    policyScopeNames: union([], policyScopes)
    extraIdentifierUris: furtherUris
    preAuthorizedClientIds: preAuthorizedClientIds
    signInRedirectUri: proxySignsIn ? '${proxyUrl}/oauth/callback' : ''
    permissions: permissions
    appRoleNames: union(['Tools.Use', 'Tools.Write'], catalogue.roles, policyRoles, appRoles)
    hostName: hostName
    identityPrincipalId: identity.outputs.principalId
    tokenExchangeAudience: cloud.tokenExchangeAudience
    createUserGroup: createUserGroup
    firstUserId: principalType == 'User' ? principalId : ''
    grantAdminConsent: grantAdminConsent
  }
}

module network 'modules/network.bicep' = if (enableNetwork) {
  scope: group
  params: {
    name: 'vnet-mcp-${token}'
    location: location
    tags: tags
    storageName: storageName
  }
  dependsOn: [storage]
}

module app 'modules/app.bicep' = {
  scope: group
  params: {
    name: appName
    planName: 'plan-mcp-${token}'
    location: location
    tags: tags
    identityName: identityName
    storageName: storageName
    deploymentContainerName: deploymentContainerName
    applicationInsightsName: applicationInsightsName
    workspaceId: monitoring.outputs.workspaceId
    subnetId: enableNetwork ? network!.outputs.appSubnetId : ''
    clientId: clientId
    identifierUri: identifierUri
    extraIdentifierUris: furtherUris
    scopeName: scopeName
    allowedClientIds: allowedClientIds
    allowedTenantIds: allowedTenantIds
    isMultiTenant: !empty(otherTenantIds)
    cloud: cloud.name
    signInEndpoint: signInEndpoint
    telemetry: telemetry
    enableWriteTools: enableWriteTools
    tools: toolNames
    confirmWrites: confirmWrites
    readMore: readMore
    readMoreScopes: readScopes
    toolPolicy: empty(toolPolicy) ? '' : string(toolPolicy)
    rateLimit: rateLimit
    rateLimitRedisVaultUri: rateLimitRedisVaultUri
    maxTokenAgeHours: maxTokenAgeHours
    toolTimeoutSeconds: toolTimeoutSeconds
    maxResultCharacters: maxResultCharacters
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    perInstanceConcurrency: perInstanceConcurrency
    alwaysReadyInstances: alwaysReadyInstances
    behindGateway: enableGateway
    signInProxy: signInProxy
    signInClientId: signInClientId
    signInOrigin: empty(signInProxy) ? '' : proxyUrl
    signInClients: signInClients
    signInRedirects: signInRedirects
    signInRegistration: signInRegistration
    servesResourceMetadata: !empty(signInProxy) && !gatewayIsIssuer && signInProxy != 'gateway'
    // With a gateway, pages call that, and it answers for their origin.
    corsOrigins: enableGateway ? [] : browserOrigins
  }
  // A role that comes later than the first start leaves the host without its storage.
  dependsOn: [roles]
}

module alerts 'modules/alerts.bicep' = if (enableAlerts) {
  scope: group
  params: {
    namePrefix: 'mcp-${environmentName}'
    location: location
    tags: tags
    applicationInsightsId: monitoring.outputs.applicationInsightsId
    siteId: app.outputs.siteId
    emails: alertEmails
    watchPlatformRefusals: alertOnPlatformRefusals
    signInEndpoint: signInEndpoint
  }
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: {
    displayName: 'MCP server ${environmentName}'
    location: location
    tags: tags
    applicationInsightsId: monitoring.outputs.applicationInsightsId
  }
}

module budget 'modules/budget.bicep' = if (budgetAmount > 0) {
  scope: group
  params: {
    name: 'mcp-${environmentName}'
    amount: budgetAmount
    startDate: budgetStartDate
    emails: alertEmails
    actionGroupIds: enableAlerts ? [alerts!.outputs.actionGroupId] : []
  }
}

module gateway 'modules/gateway.bicep' = if (enableGateway) {
  scope: group
  params: {
    name: gatewayName
    location: location
    tags: tags
    skuName: gatewaySku
    publisherEmail: gatewayPublisherEmail
    appHostName: hostName
    clientId: clientId
    scope: '${identifierUri}/${scopeName}'
    allowedClientIds: allowedClientIds
    isIssuer: gatewayIsIssuer
    corsOrigins: browserOrigins
    callsPerMinute: gatewayCallsPerMinute
    signInEndpoint: signInEndpoint
    workspaceId: monitoring.outputs.workspaceId
  }
}

module gatewaySignIn 'modules/gateway-sign-in.bicep' = if (gatewayIsIssuer) {
  scope: group
  params: {
    gatewayName: gatewayName
    appHostName: hostName
    signsIn: proxySignsIn
  }
  dependsOn: [gateway]
}

output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_CLOUD_NAME string = cloud.name
output FUNCTION_APP_NAME string = appName
output APP_URL string = appUrl
output MCP_URL string = mcpUrl
output MCP_CLIENT_ID string = clientId
output MCP_IDENTIFIER_URI string = identifierUri
output MCP_SCOPE string = '${identifierUri}/${scopeName}'
output MCP_SIGN_IN_CLIENT_ID string = signInClientId
output MCP_SIGN_IN_ORIGIN string = empty(signInProxy) ? '' : proxyUrl
output MANAGED_IDENTITY_CLIENT_ID string = identity.outputs.clientId
output MANAGED_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output ENTRA_APP_UNIQUE_NAME string = createsEntra ? appUniqueName : ''
output ENTRA_GROUP_ID string = createsEntra ? entra!.outputs.groupId : ''
output GATEWAY_URL string = enableGateway ? gateway!.outputs.url : ''
