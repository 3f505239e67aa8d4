metadata description = 'The endpoints of the sign-in proxy at API Management: passed on to the app as they are.'

@description('Name of the API Management service.')
param gatewayName string

@description('Host name of the function app.')
param appHostName string

@description('Whether the proxy signs people in itself; without, its metadata alone are passed on.')
param signsIn bool

// The paths of the app, spelled out: nothing else of it is reached without a token.
var endpoints = {
  authorize: 'GET'
  callback: 'GET'
  consent: 'POST'
  register: 'POST'
  revoke: 'POST'
  token: 'POST'
}

resource service 'Microsoft.ApiManagement/service@2024-05-01' existing = {
  name: gatewayName
}

resource metadata 'Microsoft.ApiManagement/service/apis@2024-05-01' existing = {
  parent: service
  name: 'metadata'
}

// RFC 8414, section 3.1, for an issuer without a path. The policy of the API passes it on. Web pages ask first
// whether they may (CORS), as clients send a header of MCP along; the app answers them here and below.
resource metadataOperations 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' = [
  for operation in items({ 'authorization-server': 'GET', 'authorization-server-preflight': 'OPTIONS' }): {
    parent: metadata
    name: operation.key
    properties: {
      displayName: '${operation.value} of the metadata of the authorization server'
      method: operation.value
      urlTemplate: '/.well-known/oauth-authorization-server'
    }
  }
]

resource signIn 'Microsoft.ApiManagement/service/apis@2024-05-01' = if (signsIn) {
  parent: service
  name: 'sign-in'
  properties: {
    displayName: 'Sign-in proxy'
    path: 'oauth'
    serviceUrl: 'https://${appHostName}/oauth'
    protocols: ['https']
    subscriptionRequired: false
  }
}

resource signInOperations 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' = [
  for endpoint in items(signsIn ? endpoints : {}): {
    parent: signIn
    name: endpoint.key
    properties: {
      displayName: '${endpoint.value} of ${endpoint.key}'
      method: endpoint.value
      urlTemplate: '/${endpoint.key}'
    }
  }
]

resource signInPreflights 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' = [
  for endpoint in (signsIn ? ['register', 'token'] : []): {
    parent: signIn
    name: '${endpoint}-preflight'
    properties: {
      displayName: 'OPTIONS of ${endpoint}'
      method: 'OPTIONS'
      urlTemplate: '/${endpoint}'
    }
  }
]

resource signInPolicies 'Microsoft.ApiManagement/service/apis/policies@2024-05-01' = if (signsIn) {
  parent: signIn
  name: 'policy'
  properties: {
    format: 'xml'
    value: loadTextContent('gateway-sign-in.xml')
  }
}
