package engine

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// unknownCost is the cost of a pod that may be busy: the lowest cost of a busy pod.
const unknownCost = 1

// setBusy sets the number of replicas that must stay for the busy pods of batch i, and the cost of each pod. It returns why the
// busy pods are unknown; then every ready pod counts as busy. A sample from before idleSince does not show that a pod is idle.
func (e *evaluation) setBusy(i int, idleSince time.Time, o *batch.Observation) (problem string) {
	b := &e.spec.Batches[i]
	if !b.Busy.Exists() || i >= len(e.observation.Batches) || len(e.observation.Pods) == 0 {
		return ""
	}
	costs := e.costsOf(&b.Busy, &e.observation.Batches[i].Busy)
	costs.idleSince = idleSince
	if b.ByOrdinal {
		o.Busy = min(o.Current, costs.busyOrdinals())
		return costs.problem
	}
	o.Busy = min(o.Current, costs.busyReplicas())
	if costs.problem == "" {
		e.addCosts(&costs)
	}
	return costs.problem
}

// addCosts sets the cost of each pod in the decision to the highest that a batch has for it.
func (e *evaluation) addCosts(costs *costs) {
	for i := range e.observation.Pods {
		if i == len(e.d.Costs) {
			e.d.Costs = append(e.d.Costs, 0)
		}
		e.d.Costs[i] = max(e.d.Costs[i], costs.of(i))
	}
}

// costs returns the deletion costs of pods, by a reading of the items that they work on.
type costs struct {
	metric  *Metric
	reading *Reading
	pods    []Pod
	now     time.Time
	// idleSince is the time before which a sample of 0 does not show that a pod is idle; zero for none.
	idleSince time.Time
	// problem is why the reading cannot be used; empty where it can.
	problem string
}

func (e *evaluation) costsOf(m *Metric, r *Reading) costs {
	c := costs{metric: m, reading: r, pods: e.observation.Pods, now: e.now, problem: r.Problem}
	if c.problem == "" && len(r.Pods) != len(c.pods) {
		c.problem = fmt.Sprintf("the reading has %d samples for %d pods", len(r.Pods), len(c.pods))
	}
	return c
}

// of returns the cost of pod i: the number of its items, rounded up, and 0 for an idle pod. An unknown value is not 0, except of a
// pod that is not ready and has no sample: it has not started to work.
func (c *costs) of(i int) int32 {
	rank := c.pods[i].deletionRank()
	if rank == rankGone {
		return 0
	}
	switch sample := c.sample(i); {
	case sample.Known && sample.Value == 0:
		return 0
	case sample.Known:
		return int32(min(math.MaxInt32, (sample.Value-1)/1000+1)) // a part of an item is an item
	}
	if rank == rankReady {
		return unknownCost
	}
	return 0
}

// sample returns the sample of pod i; the zero Sample where it cannot be used.
func (c *costs) sample(i int) Sample {
	if c.problem != "" {
		return Sample{}
	}
	sample := c.reading.Pods[i]
	idleBefore := sample.Value == 0 && !sample.Time.IsZero() && sample.Time.Before(c.idleSince)
	if sample.Value < 0 || idleBefore || c.metric.tooOld(sample.Time, c.now) {
		return Sample{}
	}
	return sample
}

// deletionRank is the order in which the controller of a ReplicaSet deletes pods, before it compares their costs: pods that do not
// run first, then pods that are not ready.
type deletionRank uint8

const (
	rankGone deletionRank = iota
	rankPending
	rankUnready
	rankReady
)

func (p *Pod) deletionRank() deletionRank {
	switch {
	case p.Deleting || p.Phase == Succeeded || p.Phase == Failed:
		return rankGone
	case p.Phase != Running:
		return rankPending
	case p.Readiness != Ready:
		return rankUnready
	default:
		return rankReady
	}
}

// busyReplicas returns the number of replicas at which a scale-in deletes no busy pod: all but the pods that are deleted before the
// first busy one.
func (c *costs) busyReplicas() int32 {
	first := rankReady
	for i := range c.pods {
		if c.of(i) > 0 {
			first = min(first, c.pods[i].deletionRank())
		}
	}
	stay := int32(0)
	for i := range c.pods {
		if c.of(i) > 0 || c.pods[i].deletionRank() > first {
			stay++
		}
	}
	return stay
}

// busyOrdinals returns that number where the highest ordinals are deleted first: all pods up to the last busy one. A busy pod whose
// name has no ordinal keeps all replicas.
func (c *costs) busyOrdinals() int32 {
	stay := int32(0)
	for i := range c.pods {
		pod := &c.pods[i]
		if c.of(i) == 0 {
			continue
		}
		ordinal, err := strconv.ParseInt(pod.Name[strings.LastIndexByte(pod.Name, '-')+1:], 10, 32)
		if err != nil || ordinal == math.MaxInt32 {
			return math.MaxInt32
		}
		stay = max(stay, int32(ordinal)+1)
	}
	return stay
}
