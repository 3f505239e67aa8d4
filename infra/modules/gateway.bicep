metadata description = 'API Management in front: it asks for a token itself, counts requests of each user over all instances of the app, and passes results on as they stream.'

@description('Name of the API Management service, unique in the world.')
param name string

@description('Region of the service.')
param location string

@description('Tags of the service.')
param tags object

@description('Tier of the service. Consumption is not among them: it cannot count by user.')
@allowed(['Developer', 'BasicV2', 'StandardV2'])
param skuName string

@description('Address that Azure writes to about the service.')
param publisherEmail string

@description('Host name of the function app.')
param appHostName string

@description('Client id of the app registration, which is the audience of tokens.')
param clientId string

@description('Scope that clients ask for, with its identifier URI.')
param scope string

@description('Client ids of the apps that may call.')
param allowedClientIds string[]

@description('Whether the metadata of the gateway name itself as authorization server, as the sign-in proxy is behind it.')
param isIssuer bool

@description('Origins of web pages that may call; empty for none.')
param corsOrigins string[]

@description('Requests each user may make in a minute. A tool call is one, and beginning a session takes three.')
@minValue(1)
param callsPerMinute int

@description('The sign-in host of the cloud, as a URL that ends in a slash.')
param signInEndpoint string

@description('Resource id of the Log Analytics workspace that gets the log of requests.')
param workspaceId string

var webhooks = 'runtime/webhooks'

var tenantIssuer = '${signInEndpoint}${tenant().tenantId}/v2.0'

// What the policies call {{name}}.
var policyValues = {
  'app-client-id': clientId
  'app-host': appHostName
  'calls-per-minute': string(callsPerMinute)
  'required-scope': last(split(scope, '/'))
  scope: scope
  'sign-in-host': split(signInEndpoint, '/')[2]
  'tenant-id': tenant().tenantId
}

// A named value holds one text, so the list of clients is put in here.
var clientElements = join(map(allowedClientIds, id => '<application-id>${id}</application-id>'), '')
var originElements = join(map(corsOrigins, origin => '<origin>${origin}</origin>'), '')
var corsPolicy = replace(loadTextContent('gateway-cors.xml'), '<!-- origins -->', originElements)
var cors = empty(corsOrigins) ? '' : corsPolicy
var mcpClients = replace(loadTextContent('gateway-mcp.xml'), '<!-- allowed clients -->', clientElements)
var mcpPolicy = replace(mcpClients, '<!-- cors -->', cors)
var metadataPolicy = replace(loadTextContent('gateway-metadata.xml'), '<!-- cors -->', cors)

resource service 'Microsoft.ApiManagement/service@2024-05-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: skuName
    capacity: 1
  }
  properties: {
    publisherEmail: publisherEmail
    publisherName: name
  }
}

resource namedValues 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = [
  for value in items(policyValues): {
    parent: service
    name: value.key
    properties: {
      displayName: value.key
      value: value.value
    }
  }
]

resource gatewayUrl 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = {
  parent: service
  name: 'gateway-url'
  properties: {
    displayName: 'gateway-url'
    value: service.properties.gatewayUrl
  }
}

resource issuer 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = {
  parent: service
  name: 'issuer'
  properties: {
    displayName: 'issuer'
    value: isIssuer ? service.properties.gatewayUrl : tenantIssuer
  }
}

resource mcp 'Microsoft.ApiManagement/service/apis@2024-05-01' = {
  parent: service
  name: 'mcp'
  properties: {
    displayName: 'MCP endpoint'
    path: webhooks
    serviceUrl: 'https://${appHostName}/${webhooks}'
    protocols: ['https']
    subscriptionRequired: false
  }
}

// Without a token each of these is 401; with one, the app answers GET and DELETE with 405.
resource mcpOperations 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' = [
  for method in ['POST', 'GET', 'DELETE']: {
    parent: mcp
    name: toLower(method)
    properties: {
      displayName: '${method} of the MCP endpoint'
      method: method
      urlTemplate: '/mcp'
    }
  }
]

resource mcpPolicies 'Microsoft.ApiManagement/service/apis/policies@2024-05-01' = {
  parent: mcp
  name: 'policy'
  properties: {
    format: 'xml'
    value: mcpPolicy
  }
  dependsOn: [namedValues, gatewayUrl]
}

resource metadata 'Microsoft.ApiManagement/service/apis@2024-05-01' = {
  parent: service
  name: 'metadata'
  properties: {
    displayName: 'Protected resource metadata'
    path: ''
    protocols: ['https']
    subscriptionRequired: false
  }
}

// RFC 9728, section 3.1: the path of the resource comes after the well-known one; the bare one is the origin's.
resource metadataOperations 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' = [
  for operation in items({ endpoint: '/${webhooks}/mcp', origin: '' }): {
    parent: metadata
    name: operation.key
    properties: {
      displayName: 'Metadata of the ${operation.key}'
      method: 'GET'
      urlTemplate: '/.well-known/oauth-protected-resource${operation.value}'
    }
  }
]

resource metadataPolicies 'Microsoft.ApiManagement/service/apis/policies@2024-05-01' = {
  parent: metadata
  name: 'policy'
  properties: {
    format: 'xml'
    value: metadataPolicy
  }
  dependsOn: [namedValues, gatewayUrl, issuer]
}

// Lines about requests, with no part of their bodies.
resource requestLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'requests'
  scope: service
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'GatewayLogs'
        enabled: true
      }
    ]
  }
}

@description('Where clients reach the gateway; the path of the MCP endpoint is that of the app.')
output url string = service.properties.gatewayUrl
