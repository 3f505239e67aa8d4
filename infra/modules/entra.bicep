metadata description = 'The app registration of the server, who may use it, and its trust in the managed identity instead of a secret.'

extension microsoftGraphV1

@description('The name by which the app registration is found again; unique in the tenant.')
@minLength(1)
param uniqueName string

@description('The name people see when they consent.')
param displayName string

@description('Whether users of other tenants may sign in.')
param isMultiTenant bool

@description('The scope clients ask for.')
param scopeName string

@description('Further scopes to expose, which tools require; an administrator consents to them for chosen clients.')
param policyScopeNames string[]

@description('Application ID URIs besides api://<client id>.')
param extraIdentifierUris string[]

@description('The clients whose users need not consent to the scope.')
param preAuthorizedClientIds string[]

@description('Where Entra sends people back to the sign-in proxy; empty without one that signs them in.')
param signInRedirectUri string

@description('The delegated permissions the app wants, as { name, id, resource }.')
param permissions object[]

@description('The app roles to declare. The first one lets its holder in.')
@minLength(1)
param appRoleNames string[]

@description('The host name of the app.')
param hostName string

@description('The object (principal) id of the managed identity.')
param identityPrincipalId string

@description('The audience of the assertion of the managed identity, which follows the cloud.')
param tokenExchangeAudience string

@description('Whether to make a group of users and let it in.')
param createUserGroup bool

@description('The object id of the first user; empty for none.')
param firstUserId string

@description('Whether to consent to the permissions for all users.')
param grantAdminConsent bool

var graphAppId = '00000003-0000-0000-c000-000000000000'
var devOpsAppId = '499b84ac-1321-427f-aa17-267ca6975798'
var graphPermissions = filter(permissions, permission => permission.resource == 'graph')
var devOpsPermissions = filter(permissions, permission => permission.resource == 'devops')
var wanted = [
  {
    resourceAppId: graphAppId
    resourceAccess: map(graphPermissions, permission => { id: permission.id, type: 'Scope' })
  }
  {
    resourceAppId: devOpsAppId
    resourceAccess: map(devOpsPermissions, permission => { id: permission.id, type: 'Scope' })
  }
]
var grantsGraph = grantAdminConsent && !empty(graphPermissions)
var grantsDevOps = grantAdminConsent && !empty(devOpsPermissions)

// Ids must stay what they are: consent and assignments refer to them.
var scopeId = guid(uniqueName, scopeName)
var exposedScope = {
  id: scopeId
  value: scopeName
  type: 'User'
  isEnabled: true
  adminConsentDisplayName: 'Use the server as the signed-in user'
  adminConsentDescription: 'Lets the client app call the tools of this server as the signed-in user, with what that user may do.'
  userConsentDisplayName: 'Use the server as you'
  userConsentDescription: 'Lets the client app call the tools of this server as you, with what you may do.'
}
// Nobody is pre-authorized for these: the token of a client carries one once an administrator has consented to it.
var policyScopes = map(filter(policyScopeNames, name => name != scopeName), name => {
  id: guid(uniqueName, name)
  value: name
  type: 'Admin'
  isEnabled: true
  adminConsentDisplayName: 'Use the tools that require ${name}'
  adminConsentDescription: 'Lets the client app call the tools of this server that require ${name}, as the signed-in user.'
})
var exposedScopes = concat([exposedScope], policyScopes)
var roles = map(appRoleNames, role => {
  id: guid(uniqueName, 'role', role)
  value: role
  displayName: role
  description: role == appRoleNames[0] ? 'Who may use the server.' : 'Who may use the tools that ask for ${role}.'
  allowedMemberTypes: ['User']
  isEnabled: true
})

var signInClientId = empty(signInRedirectUri) ? '' : signInClient!.outputs.clientId
var clientIds = concat(preAuthorizedClientIds, empty(signInRedirectUri) ? [] : [signInClientId])

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: isMultiTenant ? 'AzureADMultipleOrgs' : 'AzureADMyOrg'
  groupMembershipClaims: 'SecurityGroup'
  appRoles: roles
  requiredResourceAccess: filter(wanted, each => !empty(each.resourceAccess))
  // Where Entra returns an administrator who has followed a link to consent; nobody signs in there.
  web: { redirectUris: ['https://${hostName}/.auth/login/aad/callback'] }
  api: {
    requestedAccessTokenVersion: 2
    oauth2PermissionScopes: exposedScopes
  }
}

// Between the two: it asks for the scope of the one, and is among the clients of the other.
module signInClient 'sign-in-client.bicep' = if (!empty(signInRedirectUri)) {
  params: {
    uniqueName: '${uniqueName}-sign-in'
    displayName: '${displayName} sign-in'
    resourceAppId: app.appId
    scopeId: scopeId
    redirectUri: signInRedirectUri
    identityPrincipalId: identityPrincipalId
    tokenExchangeAudience: tokenExchangeAudience
  }
}

// The same object again: only now is its appId known, for its URI, and its scope there, for its clients.
resource registration 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  identifierUris: union(['api://${app.appId}'], extraIdentifierUris)
  api: {
    requestedAccessTokenVersion: 2
    oauth2PermissionScopes: exposedScopes
    preAuthorizedApplications: map(clientIds, clientId => {
      appId: clientId
      delegatedPermissionIds: [scopeId]
    })
  }
}

// After `registration`, like all that follows: Entra takes one change of an application at a time.
resource trust 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {
  name: '${registration.uniqueName}/managed-identity'
  description: 'The managed identity of the function app.'
  issuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
  subject: identityPrincipalId
  audiences: [tokenExchangeAudience]
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: registration.appId
  // Who is not assigned gets no token at all.
  appRoleAssignmentRequired: true
  dependsOn: [trust]
}

resource users 'Microsoft.Graph/groups@v1.0' = if (createUserGroup) {
  uniqueName: '${uniqueName}-users'
  displayName: '${displayName} users'
  description: 'Who may use the server.'
  mailEnabled: false
  mailNickname: 'mcp-users-${uniqueString(uniqueName)}'
  securityEnabled: true
  members: empty(firstUserId) ? null : { relationshipSemantics: 'append', relationships: [firstUserId] }
}

resource usersMayEnter 'Microsoft.Graph/appRoleAssignedTo@v1.0' = if (createUserGroup) {
  // Default access (the id of zeros) is for applications that declare no role.
  appRoleId: guid(uniqueName, 'role', appRoleNames[0])
  principalId: users!.id
  resourceId: principal.id
}

resource firstUserMayEnter 'Microsoft.Graph/appRoleAssignedTo@v1.0' = if (!createUserGroup && !empty(firstUserId)) {
  appRoleId: guid(uniqueName, 'role', appRoleNames[0])
  principalId: firstUserId
  resourceId: principal.id
}

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = if (grantsGraph) {
  appId: graphAppId
}

resource graphConsent 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = if (grantsGraph) {
  clientId: principal.id
  consentType: 'AllPrincipals'
  resourceId: graph!.id
  scope: join(map(graphPermissions, permission => permission.name), ' ')
}

// It is there only in tenants that use Azure DevOps.
resource devOps 'Microsoft.Graph/servicePrincipals@v1.0' existing = if (grantsDevOps) {
  appId: devOpsAppId
}

resource devOpsConsent 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = if (grantsDevOps) {
  clientId: principal.id
  consentType: 'AllPrincipals'
  resourceId: devOps!.id
  scope: join(map(devOpsPermissions, permission => permission.name), ' ')
}

output clientId string = registration.appId
output identifierUri string = 'api://${registration.appId}'
output signInClientId string = signInClientId
output groupId string = createUserGroup ? users!.id : ''
