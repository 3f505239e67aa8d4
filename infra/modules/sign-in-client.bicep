metadata description = 'The registration by which the sign-in proxy signs people in at Entra: confidential, with the managed identity instead of a secret.'

extension microsoftGraphV1

@description('The name by which the registration is found again; unique in the tenant.')
@minLength(1)
param uniqueName string

@description('The name people see when they sign in.')
param displayName string

@description('The client id of the server, whose scope it asks for.')
param resourceAppId string

@description('The id of that scope.')
param scopeId string

@description('The one address to which Entra sends people back.')
@minLength(1)
param redirectUri string

@description('The object (principal) id of the managed identity.')
param identityPrincipalId string

@description('The audience of the assertion of the managed identity, which follows the cloud.')
param tokenExchangeAudience string

resource client 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: 'AzureADMyOrg'
  isFallbackPublicClient: false
  web: { redirectUris: [redirectUri] }
  requiredResourceAccess: [
    {
      resourceAppId: resourceAppId
      resourceAccess: [{ id: scopeId, type: 'Scope' }]
    }
  ]
}

resource trust 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {
  name: '${client.uniqueName}/managed-identity'
  description: 'The managed identity of the function app.'
  issuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
  subject: identityPrincipalId
  audiences: [tokenExchangeAudience]
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: client.appId
  // Who may use the server, its own service principal says: Entra asks that one whenever this client wants a token.
  dependsOn: [trust]
}

output clientId string = client.appId
