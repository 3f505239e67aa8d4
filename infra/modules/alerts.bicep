metadata description = 'What somebody should be told of: a rule for each thing that can go wrong, and one action group.'

@description('Region of the rules that query the log: that of Application Insights.')
param location string

@description('Tags of every resource.')
param tags object

@description('What the names of the alerts begin with.')
param namePrefix string

@description('Resource id of the Application Insights component that holds the audit record.')
param applicationInsightsId string

@description('Resource id of the function app.')
param siteId string

@description('Addresses that get a mail for each alert; with none, alerts show in the portal only.')
param emails string[]

@description('Watch the 401 and 403 of App Service Authentication too. Their metrics are not documented for Flex Consumption.')
param watchPlatformRefusals bool

@description('The sign-in host of the cloud, as a URL that ends in a slash.')
param signInEndpoint string

var signInHost = split(signInEndpoint, '/')[2]

// The audit record (shared/observability/audit.py), by the table names of Application Insights.
var calls = '''
traces
| where message startswith '{"event":"tool_call"'
| extend call = parse_json(message)
| extend outcome = tostring(call.outcome)
'''

// `measure` is the column that is held against the threshold; without one, rows are counted.
var logRules = {
  'sign-in-refused': {
    text: 'The app refused tokens that App Service Authentication had let in, or Entra wants users to sign in again; the field reason says which.'
    query: '${calls}| where outcome == "sign_in_required"'
    measure: ''
    threshold: 10
    severity: 2
  }
  'exchange-failing': {
    text: 'The app cannot get tokens for Graph or Azure DevOps: its settings, identity or federated credential are wrong (reason no_credential: the identity itself), or Entra does not answer.'
    // A status other than 200 at the sign-in host tells an exchange from whatever else was asked.
    query: '${calls}| where outcome == "misconfigured" or (outcome in ("unavailable", "timeout", "upstream_error") and array_length(set_difference(bag_keys(call.downstream["${signInHost}"]), dynamic(["200"]))) > 0)'
    measure: ''
    threshold: 0
    severity: 1
  }
  'consent-missing': {
    text: 'Tools were called whose scopes nobody has consented to. An administrator grants them; the result the user saw has the link.'
    query: '${calls}| where outcome == "consent_required"'
    measure: ''
    threshold: 0
    severity: 3
  }
  slow: {
    text: 'One call in twenty took longer than five seconds, where at least twenty were made in a quarter of an hour.'
    query: '${calls}| summarize number = count(), p95 = percentile(todouble(call.duration_ms), 95) by bin(timestamp, 15m)\n| where number >= 20'
    measure: 'p95'
    threshold: 5000
    severity: 3
  }
  throttled: {
    text: 'Graph, Azure DevOps or Entra answer 429: users ask for more than the service grants.'
    query: '${calls}| where outcome == "throttled" or tostring(call.downstream) contains \'"429":\''
    measure: ''
    threshold: 20
    severity: 3
  }
  'upstream-failing': {
    text: 'Calls fail because Graph, Azure DevOps or Entra do not answer, or answer what they should not.'
    query: '${calls}| where outcome in ("unavailable", "upstream_error", "timeout")'
    measure: ''
    threshold: 20
    severity: 2
  }
  bug: {
    text: 'Calls failed in a way the app does not expect. The log has the traceback under the reference the user saw.'
    query: '${calls}| where outcome == "internal_error"'
    measure: ''
    threshold: 0
    severity: 1
  }
  // How often the host starts says nothing: on Flex Consumption each new instance starts one. That a worker dies does.
  'worker-died': {
    text: 'The Python process ended by itself and was started again; exit code 137 is a lack of memory.'
    query: 'exceptions\n| where type endswith "WorkerProcessExitException"'
    measure: ''
    threshold: 0
    severity: 1
  }
}

var serverErrors = { Http5xx: 5 }

// A client without a token is answered 401 once, so some are always there.
var platformRefusals = { Http401: 500, Http403: 50 }

var metricThresholds = watchPlatformRefusals ? union(serverErrors, platformRefusals) : serverErrors

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${namePrefix}-alerts'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'mcp-server'
    enabled: true
    emailReceivers: [
      for email in emails: {
        name: email
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in items(logRules): {
    name: '${namePrefix}-${rule.key}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${namePrefix}: ${rule.key}'
      description: rule.value.text
      severity: rule.value.severity
      enabled: true
      scopes: [applicationInsightsId]
      // A quarter of an hour is the cheapest step.
      evaluationFrequency: 'PT15M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: rule.value.query
            timeAggregation: empty(rule.value.measure) ? 'Count' : 'Maximum'
            metricMeasureColumn: empty(rule.value.measure) ? null : rule.value.measure
            operator: 'GreaterThan'
            threshold: rule.value.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      autoMitigate: true
      // The tables come into being with the first record.
      skipQueryValidation: true
      actions: {
        actionGroups: [actionGroup.id]
      }
    }
  }
]

resource metricAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for metric in items(metricThresholds): {
    name: '${namePrefix}-${toLower(metric.key)}'
    location: 'global'
    tags: tags
    properties: {
      description: 'The function app answered ${substring(metric.key, 4)} to more than ${metric.value} requests in a quarter of an hour.'
      severity: 2
      enabled: true
      scopes: [siteId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            name: metric.key
            criterionType: 'StaticThresholdCriterion'
            metricNamespace: 'Microsoft.Web/sites'
            metricName: metric.key
            timeAggregation: 'Total'
            operator: 'GreaterThan'
            threshold: metric.value
            // The metric comes into being with the first request.
            skipMetricValidation: true
          }
        ]
      }
      autoMitigate: true
      actions: [
        {
          actionGroupId: actionGroup.id
        }
      ]
    }
  }
]

@description('Resource id of the action group that is told of alerts.')
output actionGroupId string = actionGroup.id
