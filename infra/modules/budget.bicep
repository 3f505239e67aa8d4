metadata description = 'A mail before the money of the month is gone. It stops nothing.'

@description('Name of the budget.')
param name string

@description('What the resource group may cost a month, in the currency of the subscription.')
param amount int

@description('First of the month in which the budget begins, such as 2026-11-01. It cannot be changed later.')
param startDate string

@description('Addresses that get a mail, beside the owners of the subscription.')
param emails string[]

@description('Resource ids of action groups that are told.')
param actionGroupIds string[]

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: startDate
    }
    notifications: {
      nearlySpent: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: emails
        contactRoles: ['Owner']
        contactGroups: actionGroupIds
      }
      willBeExceeded: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: emails
        contactRoles: ['Owner']
        contactGroups: actionGroupIds
      }
    }
  }
}
