{{/* The prefix of the names of all objects. */}}
{{- define "flyball.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "flyball.autoscaler.name" -}}{{ include "flyball.name" . }}-autoscaler{{- end -}}
{{- define "flyball.metricsadapter.name" -}}{{ include "flyball.name" . }}-metricsadapter{{- end -}}

{{/* Not empty if the adapter serves an API, behind the API server. */}}
{{- define "flyball.metricsadapter.serves" -}}
{{- with .Values.metricsAdapter.apis }}{{ if or .custom .external .resource }}yes{{ end }}{{ end -}}
{{- end -}}

{{/* The APIServices in which the adapter publishes the CA of the certificate that it makes in memory; empty if a Secret has it. */}}
{{- define "flyball.metricsadapter.publishes" -}}
{{- if not (include "flyball.metricsadapter.secret" .) -}}
{{- $names := list -}}
{{- with .Values.metricsAdapter.apis -}}
{{- if .custom }}{{ $names = append $names "v1beta1.custom.metrics.k8s.io" }}{{ $names = append $names "v1beta2.custom.metrics.k8s.io" }}{{ end -}}
{{- if .external }}{{ $names = append $names "v1beta1.external.metrics.k8s.io" }}{{ end -}}
{{- if .resource }}{{ $names = append $names "v1beta1.metrics.k8s.io" }}{{ end -}}
{{- end -}}
{{- join "," $names -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the serving certificate of the metrics adapter; empty if the adapter makes it in memory. */}}
{{- define "flyball.metricsadapter.secret" -}}
{{- if .Values.metricsAdapter.tls.certManager.enabled -}}
{{- include "flyball.metricsadapter.name" . }}-tls
{{- else -}}
{{- .Values.metricsAdapter.tls.secretName -}}
{{- end -}}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "flyball.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* The selector of a component's pods. Its argument is a dictionary of root and component. */}}
{{- define "flyball.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "flyball.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* The security context of all containers: unprivileged, with a read-only file system. */}}
{{- define "flyball.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "flyball.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* The scheduling of a component's pods. Its argument is a dictionary of root, component and values. */}}
{{- define "flyball.placement" -}}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  {{- with .values.topologySpreadConstraints }}
  {{- toYaml . | nindent 2 }}
  {{- else }}
  {{- $selector := include "flyball.selector" . }}
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    # A rollout spreads the new pods among themselves.
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels: {{- $selector | nindent 8 }}
  {{- end }}
  {{- end }}
{{- end -}}

{{/* The addresses of a Service: of both families where the cluster has both. */}}
{{- define "flyball.families" -}}
{{- with .Values.service.ipFamilyPolicy }}
ipFamilyPolicy: {{ . }}
{{- end }}
{{- with .Values.service.ipFamilies }}
ipFamilies: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The flag for the Prometheus servers. */}}
{{- define "flyball.prometheus.flag" -}}
{{- if .Values.prometheus.servers -}}
--prometheus-config=/etc/flyball-prometheus/prometheus.yaml
{{- else -}}
--prometheus-url={{ .Values.prometheus.url }}
{{- end -}}
{{- end -}}

{{/* A change of the servers restarts the programs, which read them at their start. */}}
{{- define "flyball.prometheus.annotation" -}}
{{- if .Values.prometheus.servers -}}
flyball.dev/prometheus: {{ include (print $.Template.BasePath "/prometheus.yaml") . | sha256sum }}
{{- end -}}
{{- end -}}

{{/* The file of servers, and the files of credentials and certificates that it names. */}}
{{- define "flyball.prometheus.mounts" -}}
{{- if .Values.prometheus.servers }}
- {name: prometheus, mountPath: /etc/flyball-prometheus, readOnly: true}
{{- end }}
{{- range $i, $name := .Values.prometheus.secrets }}
- {name: secret-{{ $i }}, mountPath: /etc/flyball-secrets/{{ $name }}, readOnly: true}
{{- end }}
{{- range $i, $name := .Values.prometheus.configMaps }}
- {name: configmap-{{ $i }}, mountPath: /etc/flyball-configmaps/{{ $name }}, readOnly: true}
{{- end }}
{{- end -}}

{{- define "flyball.prometheus.volumes" -}}
{{- if .Values.prometheus.servers }}
- name: prometheus
  secret:
    secretName: {{ include "flyball.name" . }}-prometheus
{{- end }}
{{- range $i, $name := .Values.prometheus.secrets }}
- name: secret-{{ $i }}
  secret:
    secretName: {{ $name }}
{{- end }}
{{- range $i, $name := .Values.prometheus.configMaps }}
- name: configmap-{{ $i }}
  configMap:
    name: {{ $name }}
{{- end }}
{{- end -}}

{{/* The flags for the rules, which both programs have. */}}
{{- define "flyball.rules.flags" -}}
- --rules=/etc/flyball/rules.yaml
{{- with .Values.rulesConfigMaps.selector }}
- {{ printf "--rules-configmap-selector=%s" . | quote }}
- --rules-configmap-namespace={{ $.Values.rulesConfigMaps.namespace | default $.Release.Namespace }}
{{- end }}
- --discovery-interval={{ .Values.discoveryInterval }}
{{- end -}}
