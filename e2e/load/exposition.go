package load

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// Exposition is what the kubelets of the simulated nodes and the applications on them would expose, in Prometheus's
// text format. Names and labels are those of the kubelet's /metrics/resource, with the node as a label, since one
// endpoint speaks for all nodes.
type Exposition struct{ text []byte }

// Text is what was written so far.
func (e *Exposition) Text() []byte { return e.text }

// family begins a metric. All samples of a metric have to follow each other.
func (e *Exposition) family(name, kind, help string) {
	e.text = append(e.text, "# HELP "+name+" "+help+"\n# TYPE "+name+" "+kind+"\n"...)
}

// sample writes one line. Names of Kubernetes objects need no escaping; values of labels are quoted all the same.
func (e *Exposition) sample(name string, value float64, labels ...string) {
	e.text = append(e.text, name...)
	for i := 0; i+1 < len(labels); i += 2 {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		e.text = append(e.text, separator)
		e.text = append(e.text, labels[i]...)
		e.text = append(e.text, '=')
		e.text = strconv.AppendQuote(e.text, labels[i+1])
	}
	if len(labels) > 0 {
		e.text = append(e.text, '}')
	}
	e.text = append(e.text, ' ')
	e.text = strconv.AppendFloat(e.text, value, 'g', -1, 64)
	e.text = append(e.text, '\n')
}

// Key names an application: the namespace and the value of the label app of its pods.
type Key struct{ Namespace, Name string }

// Resources writes what kubelets say: the CPU and memory of containers, pods and nodes. The first container of a pod
// does its work; the others idle. An application whose demand is unknown is left out.
func (e *Exposition) Resources(apps map[Key]*App, nodes *Nodes) {
	type row struct {
		namespace string
		usage     Usage
	}
	var rows []row
	for _, key := range sortedKeys(apps) {
		if apps[key].Demand.Unknown {
			continue
		}
		for _, usage := range apps[key].Pods() {
			rows = append(rows, row{key.Namespace, usage})
		}
	}
	e.family("container_cpu_usage_seconds_total", "counter", "Cumulative CPU time consumed by the container in core seconds")
	for _, r := range rows {
		for i, container := range r.usage.Pod.Containers {
			e.sample("container_cpu_usage_seconds_total", onlyFirst(i, r.usage.CPUSeconds), "container", container, "namespace", r.namespace, "pod", r.usage.Pod.Name, "node", r.usage.Pod.Node)
		}
	}
	e.family("container_memory_working_set_bytes", "gauge", "Current working set of the container in bytes")
	for _, r := range rows {
		for i, container := range r.usage.Pod.Containers {
			e.sample("container_memory_working_set_bytes", onlyFirst(i, r.usage.Memory), "container", container, "namespace", r.namespace, "pod", r.usage.Pod.Name, "node", r.usage.Pod.Node)
		}
	}
	e.family("pod_cpu_usage_seconds_total", "counter", "Cumulative CPU time consumed by the pod in core seconds")
	for _, r := range rows {
		e.sample("pod_cpu_usage_seconds_total", r.usage.CPUSeconds, "namespace", r.namespace, "pod", r.usage.Pod.Name, "node", r.usage.Pod.Node)
	}
	e.family("node_cpu_usage_seconds_total", "counter", "Cumulative CPU time consumed by the node in core seconds")
	for _, name := range nodes.names() {
		e.sample("node_cpu_usage_seconds_total", nodes.cpuSeconds[name], "node", name)
	}
	e.family("node_memory_working_set_bytes", "gauge", "Current working set of the node in bytes")
	for _, name := range nodes.names() {
		e.sample("node_memory_working_set_bytes", nodes.memory[name], "node", name)
	}
}

func onlyFirst(index int, value float64) float64 {
	if index > 0 {
		return 0
	}
	return value
}

// Applications writes what the ready pods themselves would say: the requests they served and those that wait.
func (e *Exposition) Applications(apps map[Key]*App) {
	each := func(visit func(Key, Usage)) {
		for _, key := range sortedKeys(apps) {
			if apps[key].Demand.Unknown {
				continue
			}
			for _, usage := range apps[key].Pods() {
				if usage.Pod.Ready {
					visit(key, usage)
				}
			}
		}
	}
	e.family("http_requests_total", "counter", "Requests that the pod has answered")
	each(func(key Key, u Usage) {
		e.sample("http_requests_total", u.Requests, "namespace", key.Namespace, "pod", u.Pod.Name, "app", key.Name)
	})
	e.family("http_requests_queued", "gauge", "Requests that wait in the pod")
	each(func(key Key, u Usage) {
		e.sample("http_requests_queued", u.Queued, "namespace", key.Namespace, "pod", u.Pod.Name, "app", key.Name)
	})
}

func sortedKeys(apps map[Key]*App) []Key {
	return slices.SortedFunc(maps.Keys(apps), func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
}
