{{/* The name that the chart's objects have in common: that of the release where it tells of the chart. */}}
{{- define "gmsa-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "gmsa-operator.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "gmsa-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "gmsa-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "gmsa-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The labels of the pod of `helm test`. */}}
{{- define "gmsa-operator.testLabels" -}}
app.kubernetes.io/name: {{ include "gmsa-operator.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "gmsa-operator.labels" -}}
{{ include "gmsa-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "gmsa-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "gmsa-operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.create is false: name the service account to use in serviceAccount.name" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The operator's user name, which the policies know it by. */}}
{{- define "gmsa-operator.user" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "gmsa-operator.serviceAccountName" . }}
{{- end -}}

{{/* The Service by which the API server calls the webhooks. */}}
{{- define "gmsa-operator.webhookServiceName" -}}
{{ include "gmsa-operator.fullname" . }}-webhook
{{- end -}}

{{- define "gmsa-operator.metricsServiceName" -}}
{{ include "gmsa-operator.fullname" . }}-metrics
{{- end -}}

{{- define "gmsa-operator.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Whether the operator makes the certificates itself: "true" or nothing. */}}
{{- define "gmsa-operator.selfManaged" -}}
{{- if and .Values.admission.enabled (eq .Values.admission.certificates.mode "self-managed") -}}true{{- end -}}
{{- end -}}

{{/* The volume with the CAs of the webhooks' callers, without its name; nothing where anyone may call. */}}
{{- define "gmsa-operator.clientCaVolume" -}}
{{- if .Values.admission.enabled -}}
{{- with .Values.admission.clientCa -}}
{{- if .configMapName -}}
configMap:
  name: {{ .configMapName }}
  items:
    - key: {{ .key }}
      path: ca.crt
{{- else if .secretName -}}
secret:
  secretName: {{ .secretName }}
  items:
    - key: {{ .key }}
      path: ca.crt
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* To whom an object of the cluster belongs, in words; nothing where that is this release. Wants {object, root}. */}}
{{- define "gmsa-operator.otherOwner" -}}
{{- $annotations := default dict .object.metadata.annotations -}}
{{- $release := get $annotations "meta.helm.sh/release-name" -}}
{{- $namespace := get $annotations "meta.helm.sh/release-namespace" -}}
{{- if not $release -}}
to no release of Helm
{{- else if or (ne $release .root.Release.Name) (ne $namespace .root.Release.Namespace) -}}
to the release {{ $release | quote }} in namespace {{ $namespace | quote }}
{{- end -}}
{{- end -}}

{{/* The operator as a subject of bindings. */}}
{{- define "gmsa-operator.subject" -}}
- kind: ServiceAccount
  name: {{ include "gmsa-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{/* Options of Node.js: `nodeOptions`, or those of the rule that values.yaml explains. */}}
{{- define "gmsa-operator.nodeOptions" -}}
{{- if .Values.nodeOptions -}}
{{ .Values.nodeOptions }}
{{- else -}}
--max-semi-space-size=4
{{- with .Values.resources }}{{ with .limits }}{{ with .memory }} --max-old-space-size={{ div (include "gmsa-operator.mebibytes" .) 2 }}{{ end }}{{ end }}{{ end }}
{{- end -}}
{{- end -}}

{{/* A quantity of memory as Kubernetes writes it, in MiB, rounded down. Its argument is the text, or bytes as a number. */}}
{{- define "gmsa-operator.mebibytes" -}}
{{- $quantity := kindIs "float64" . | ternary (int64 .) . | toString -}}
{{- $units := dict "" 1.0 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- $number := regexFind "^[0-9]+([.][0-9]+)?" $quantity -}}
{{- $unit := trimPrefix $number $quantity -}}
{{- if or (not $number) (not (hasKey $units $unit)) -}}
{{- fail (printf "\n\nresources.limits.memory (%s) is not a quantity that this chart reads. Write it as 256Mi, 1Gi, 500M or bytes, or set nodeOptions.\n" $quantity) -}}
{{- end -}}
{{- divf (mulf (float64 $number) (get $units $unit)) 1048576.0 | floor | int64 -}}
{{- end -}}

{{/* A duration as Go writes it, in seconds. Wants its text. */}}
{{- define "gmsa-operator.seconds" -}}
{{- $hours := regexFind "[0-9]+h" . | trimSuffix "h" | int -}}
{{- $minutes := regexFind "[0-9]+m" . | trimSuffix "m" | int -}}
{{- $seconds := regexFind "[0-9]+s" . | trimSuffix "s" | int -}}
{{- add (mul $hours 3600) (mul $minutes 60) $seconds -}}
{{- end -}}
