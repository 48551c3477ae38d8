package chart

// installations are values that turn each switch of the chart on and off. Each has a golden file.
var installations = map[string]string{
	"default": "",
	"servers": `
prometheus:
  url: ""
  secrets: [mimir]
  configMaps: [company-ca]
  servers:
  - name: default
    url: https://mimir.example/prometheus
    headers: {X-Scope-OrgID: team-a}
    http:
      basic_auth: {username: team-a, password_file: /etc/flyball-secrets/mimir/password}
      tls_config: {ca_file: /etc/flyball-configmaps/company-ca/ca.crt}
`,
	"tenants": `
namespaces:
- {names: [shop, shop-*], servers: [default], tenant: team-shop, maxAutoscalers: 50, maxQueries: 100, maxTotalReplicas: 500, queryBudget: 20s}
- {names: [monitoring], allowCrossNamespaceQueries: true}
`,
	"beside-keda": `
rulesConfigMaps: {selector: flyball.dev/rules=yes, namespace: rules}
discoveryInterval: 30s
metricsAdapter:
  apis: {external: true}
  fallthrough:
    external: {service: "keda/keda-operator-metrics-apiserver:443", caConfigMap: keda-ca, metrics: [s0-queue]}
    custom: {service: "old/adapter:6443", caSecret: old-ca, caKey: tls.crt}
`,
	"every-api": `
metricsAdapter:
  apis: {custom: true, external: true, resource: true}
  described: [{apiGroup: apps, resources: [deployments]}]
  tls: {secretName: adapter-certificate, caBundle: Q0E=}
autoscaler:
  scalable: [{apiGroup: argoproj.io, resources: [rollouts]}]
  metricsAPIs: {custom: [pods/queue_length], external: [orders]}
`,
	"monitored": `
autoscaler: {clientCertificates: true}
metrics:
  serviceMonitor: {enabled: true, interval: 15s, labels: {release: prometheus}, tlsConfig: {ca: {secret: {name: adapter-ca, key: ca.crt}}}}
  prometheusRule: {enabled: true, labels: {release: prometheus}, runbookURL: "https://wiki.example/flyball"}
`,
	"cert-manager": `
metricsAdapter: {apis: {external: true}, tls: {certManager: {enabled: true}}}
`,
	"company-issuer": `
metricsAdapter:
  apis: {external: true}
  tls: {certManager: {enabled: true, issuerRef: {kind: ClusterIssuer, name: company}, duration: 48h, renewBefore: 24h}}
`,
	"placed": `
image: {repository: registry.example/flyball, tag: "1.2", pullPolicy: Always, pullSecrets: [{name: registry}]}
fullnameOverride: scaling
service: {ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6, IPv4]}
networkPolicy:
  metricsFrom: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
  adapterFrom: [{ipBlock: {cidr: 10.0.0.0/28}}]
  egress: [{ports: [{port: 6443}, {port: 53, protocol: UDP}]}, {to: [{namespaceSelector: {}}], ports: [{port: 9090}]}]
autoscaler: &placed
  nodeSelector: {pool: system}
  tolerations: [{key: pool, operator: Exists}]
  affinity: {nodeAffinity: {}}
  topologySpreadConstraints:
  - {maxSkew: 1, topologyKey: rack, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app.kubernetes.io/name: flyball}}}
  priorityClassName: system-cluster-critical
  podAnnotations: {team: platform}
  resources: {requests: {cpu: "1", memory: 2Gi}, limits: {memory: 4Gi}}
  extraArgs: [--v=2]
metricsAdapter: *placed
`,
	"autoscaler-only": `
networkPolicy: {enabled: false}
service: {ipFamilyPolicy: ""}
autoscaler: {replicas: 1, leaderElection: false, markPods: true, windowTargets: [], metricsAPIs: {resource: false}}
metricsAdapter: {enabled: false}
`,
	"namespaced": `
watchNamespace: shop
autoscaler: {scalable: [{apiGroup: argoproj.io, resources: [rollouts]}]}
metricsAdapter: {enabled: false}
`,
	"sharded": `
autoscaler: {replicas: 3, sharding: true, stateShards: 3, period: 5s}
metricsAdapter: {replicas: 1, refreshPeriod: 5s}
`,
}
