metadata description = 'The page in the portal that answers: who uses what, what fails, what is slow.'

@description('Region of the workbook.')
param location string

@description('Tags of the workbook.')
param tags object

@description('Name the workbook is listed by.')
param displayName string

@description('Resource id of the Application Insights component that holds the audit record.')
param applicationInsightsId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // Azure wants a GUID, and the same one at each deployment.
  name: guid(resourceGroup().id, 'usage-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: displayName
    category: 'workbook'
    sourceId: applicationInsightsId
    version: 'Notebook/1.0'
    // The component that the queries ask.
    serializedData: replace(loadTextContent('workbook.json'), 'APPLICATION_INSIGHTS_ID', applicationInsightsId)
  }
}
