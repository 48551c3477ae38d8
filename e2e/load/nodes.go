package load

import (
	"maps"
	"slices"
)

// Nodes adds up what the pods of each node use. A node's total never falls, though its pods come and go.
type Nodes struct {
	cpuSeconds, memory map[string]float64
	seen               map[podKey]float64 // each pod's total at the last count
}

type podKey struct{ namespace, pod string }

// idleNodeMemory is what the system of an empty node uses, in bytes.
const idleNodeMemory = 512 << 20

// Count adds the usage of the pods since the last count. names are all nodes.
func (n *Nodes) Count(names []string, apps map[Key]*App) {
	cpu := make(map[string]float64, len(names))
	n.memory = make(map[string]float64, len(names))
	for _, name := range names {
		cpu[name], n.memory[name] = n.cpuSeconds[name], idleNodeMemory
	}
	seen := make(map[podKey]float64, len(n.seen))
	for key, app := range apps {
		for _, usage := range app.usage {
			pod := podKey{key.Namespace, usage.Pod.Name}
			seen[pod] = usage.CPUSeconds
			if _, known := cpu[usage.Pod.Node]; known {
				cpu[usage.Pod.Node] += max(0, usage.CPUSeconds-n.seen[pod])
				n.memory[usage.Pod.Node] += usage.Memory
			}
		}
	}
	n.cpuSeconds, n.seen = cpu, seen
}

func (n *Nodes) names() []string { return slices.Sorted(maps.Keys(n.cpuSeconds)) }
