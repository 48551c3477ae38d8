package engine

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// unknownCost is that of a pod of which nobody knows whether it works: what the least busy one can have.
const unknownCost = 1

// readBusyPods notes what the pods of batch i work on. It gives why that is unknown; then all that are ready are taken to work.
// Samples from before idleSince do not show that a pod is idle.
func (e *evaluation) readBusyPods(i int, idleSince time.Time, seen *batch.Observation) (problem string) {
	b := &e.spec.Batches[i]
	if !b.Busy.Exists() || i >= len(e.observation.Batches) || len(e.observation.Pods) == 0 {
		return ""
	}
	costs := e.costsOf(&b.Busy, &e.observation.Batches[i].Busy)
	costs.idleSince = idleSince
	if b.ByOrdinal {
		seen.Busy = min(seen.Current, costs.busyOrdinals())
		return costs.problem
	}
	seen.Busy = min(seen.Current, costs.busyReplicas())
	if costs.problem == "" {
		e.addCosts(&costs)
	}
	return costs.problem
}

// addCosts makes the decision's cost of a pod the highest that any batch has for it.
func (e *evaluation) addCosts(costs *costs) {
	for i := range e.observation.Pods {
		if i == len(e.d.Costs) {
			e.d.Costs = append(e.d.Costs, 0)
		}
		e.d.Costs[i] = max(e.d.Costs[i], costs.of(i))
	}
}

// costs tells what it costs to take pods away, by a reading of what they work on.
type costs struct {
	metric  *Metric
	reading *Reading
	pods    []Pod
	now     time.Time
	// idleSince is the time before which a sample of 0 does not show that a pod is idle; zero for no such time.
	idleSince time.Time
	// problem says why there is nothing to go by.
	problem string
}

func (e *evaluation) costsOf(m *Metric, r *Reading) costs {
	c := costs{metric: m, reading: r, pods: e.observation.Pods, now: e.now, problem: r.Problem}
	if c.problem == "" && len(r.Pods) != len(c.pods) {
		c.problem = fmt.Sprintf("there are %d pods, but samples for %d", len(c.pods), len(r.Pods))
	}
	return c
}

// of is the cost of pod i: what it works on, in whole units, and 0 where it does nothing. Unknown is not zero: only a pod
// that is not ready, and so far has no sample, is taken not to have begun.
func (c *costs) of(i int) int32 {
	stands := c.pods[i].deletionRank()
	if stands == rankGone {
		return 0
	}
	switch sample := c.sample(i); {
	case sample.Known && sample.Value == 0:
		return 0
	case sample.Known:
		return int32(min(math.MaxInt32, (sample.Value-1)/1000+1)) // rounded up: half an item is one in hand
	}
	if stands == rankReady {
		return unknownCost
	}
	return 0
}

// sample is that of pod i, where it can be believed.
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

// deletionRank orders pods as the controller of a ReplicaSet takes them away: whatever they cost, those that do not run go
// first, and then those that are not ready.
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

// busyReplicas is how many replicas must stay so that none that works is taken away: all but those that go before the
// first that works.
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

// busyOrdinals is the same where pods go from the highest ordinal down: all up to the last that works. A pod whose name has no
// ordinal keeps them all.
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
