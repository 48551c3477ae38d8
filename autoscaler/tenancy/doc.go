// Package tenancy reads the file of what the operator allows the autoscalers of each namespace: the series and the Prometheus
// servers that their queries read, the tenant that these queries name, and quotas on autoscalers, queries and replicas.
//
// It decides by values only. The caller passes the autoscalers of a namespace and reports the refused ones.
package tenancy
