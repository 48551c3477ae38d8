package load

import (
	"maps"
	"slices"
	"time"
)

// Demand is what is asked of an application as a whole, whatever the number of its pods.
type Demand struct {
	// Requests a second.
	Requests float64 `json:"requests,omitempty"`
	// Cores are CPU that the application needs beside that of its requests.
	Cores float64 `json:"cores,omitempty"`
	// CostPerRequest is the CPU of one request, in core seconds; 0 is DefaultCost.
	CostPerRequest float64 `json:"costPerRequest,omitempty"`
	// Unknown is true while the demand is unknown, as in the gap of a trace: the application then exposes no series about
	// its load, rather than a zero.
	Unknown bool `json:"unknown,omitempty"`
}

const (
	// DefaultCost of a request is a millisecond of CPU.
	DefaultCost = 0.001
	// patience is how long a request waits until its client gives up, so that a queue does not outgrow its load.
	patience = 30 * time.Second

	baseMemory      = 48 << 20
	memoryPerQueued = 16 << 10
)

// Pod is a running pod as the model sees it.
type Pod struct {
	Name, Node string
	// Containers by name; the first does the work.
	Containers []string
	// Capacity is the most CPU that the pod can use, in cores.
	Capacity float64
	// Ready pods share the load; others only exist.
	Ready bool
}

// Usage is what a pod has used since it started, and what it has now.
type Usage struct {
	Pod Pod
	// CPUSeconds and Requests are totals.
	CPUSeconds, Requests float64
	// Queued requests wait in this pod; Memory is in bytes.
	Queued, Memory float64
}

// App is the state of one application.
type App struct {
	// Demand now.
	Demand Demand
	// Queued requests wait, over all pods; Abandoned ones gave up waiting.
	Queued, Abandoned float64

	usage map[string]*Usage
}

// SetPods sets the pods. A pod keeps its totals until it is removed.
func (a *App) SetPods(pods []Pod) {
	next := make(map[string]*Usage, len(pods))
	for _, pod := range pods {
		usage := a.usage[pod.Name]
		if usage == nil {
			usage = &Usage{}
		}
		usage.Pod = pod
		next[pod.Name] = usage
	}
	a.usage = next
}

// Advance lets a time pass in which demand and pods stay as they are.
func (a *App) Advance(passed time.Duration) {
	seconds := passed.Seconds()
	if seconds <= 0 {
		return
	}
	ready := 0
	for _, usage := range a.usage {
		if usage.Pod.Ready {
			ready++
		}
	}
	waiting := a.Queued + a.Demand.Requests*seconds
	served := 0.0
	for _, usage := range a.usage {
		if usage.Pod.Ready {
			served += usage.work(seconds, waiting/float64(ready), a.Demand.Cores/float64(ready), a.Demand.cost())
		}
	}
	a.queue(waiting - served)
	for _, usage := range a.usage {
		usage.Queued, usage.Memory = 0, baseMemory
		if usage.Pod.Ready {
			usage.Queued = a.Queued / float64(ready)
			usage.Memory += usage.Queued * memoryPerQueued
		}
	}
}

// work gives a pod its share and returns the number of requests that it served. Its own need of CPU comes first.
func (u *Usage) work(seconds, requests, cores, cost float64) float64 {
	cores = min(cores, u.Pod.Capacity)
	served := min(requests, (u.Pod.Capacity-cores)*seconds/cost)
	u.Requests += served
	u.CPUSeconds += cores*seconds + served*cost
	return served
}

// queue keeps what was not served, up to what clients wait for.
func (a *App) queue(left float64) {
	a.Queued = min(max(0, left), a.Demand.Requests*patience.Seconds())
	a.Abandoned += max(0, left-a.Queued)
}

func (d Demand) cost() float64 {
	if d.CostPerRequest > 0 {
		return d.CostPerRequest
	}
	return DefaultCost
}

// Pods are the usages in the order of the pods' names.
func (a *App) Pods() []Usage {
	usages := make([]Usage, 0, len(a.usage))
	for _, name := range slices.Sorted(maps.Keys(a.usage)) {
		usages = append(usages, *a.usage[name])
	}
	return usages
}

// Ready is the number of pods that share the load.
func (a *App) Ready() int {
	ready := 0
	for _, usage := range a.usage {
		if usage.Pod.Ready {
			ready++
		}
	}
	return ready
}
