package batch

import (
	"math"
	"slices"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
)

// Policy is a way to get through a night.
type Policy struct {
	Name string
	Spec func(n *RandomNight) *engine.Spec
}

// Policies are those that nights are compared by; the first is the batch window as it is by default.
func Policies() []Policy {
	learned := func(margin float64) func(*RandomNight) *engine.Spec {
		return func(n *RandomNight) *engine.Spec {
			return n.Batch(n.Max, batch.Spec{Source: batch.Learned, Rate: n.Guess, Margin: margin}, n.Arrivals)
		}
	}
	length := func(n *RandomNight) float64 { return n.Closes - n.Opens }
	return []Policy{
		{"batch window", learned(0.2)},
		{"batch, margin 0%", learned(0)},
		{"batch, stated", func(n *RandomNight) *engine.Spec {
			return n.Batch(n.Max, batch.Spec{Source: batch.Stated, Rate: 1 / n.ExpectedTakes, Margin: 0.2}, n.Arrivals)
		}},
		{"fixed maximum", func(n *RandomNight) *engine.Spec { return n.Fixed(n.Max) }},
		{"backlog, 5 each", func(n *RandomNight) *engine.Spec { return n.PerReplica(n.Max, 5) }},
		{"backlog, a tenth each", func(n *RandomNight) *engine.Spec {
			return n.PerReplica(n.Max, 0.1*length(n)/n.ExpectedTakes)
		}},
		{"cron count", func(n *RandomNight) *engine.Spec {
			return n.Fixed(min(n.Max, int32(math.Ceil(1.2*n.ExpectedItems*n.ExpectedTakes/length(n)))))
		}},
	}
}

// Summary is what a policy came to in many nights.
type Summary struct {
	Name string
	// Nights that could be on time, and of these the Late ones, their late Items, Hours of pods, the Least that they could
	// have cost, and the Changes of replicas.
	Nights, Late, Items int
	Hours, Least        float64
	Changes             int
	// Peaks and Finishes are sums of the peak as a share of the maximum, and of the share of the window that it took.
	Peaks, Finishes float64
	// Costs of the nights, as ratios to the least.
	Costs []float64
	// False alarms: nights that were on time and said to be at risk. Hopeless nights are those on which even the maximum is
	// late from the start; Warned the ones that were said to be at risk in the first tenth of the window.
	False, Hopeless, Warned int
}

// Compare runs the policies through a night, and adds what comes of it to their sums. Whether the night could be on time is
// what the maximum from the start on tells.
func Compare(n *RandomNight, policies []Policy, sums []Summary) {
	possible := Run(&n.Config, n.Fixed(n.Max), nil).Late == 0
	least, _ := LowerBound(&n.Config)
	for i, p := range policies {
		sums[i].Name = p.Name
		sums[i].add(n, Run(&n.Config, p.Spec(n), nil), possible, least)
	}
}

func (s *Summary) add(n *RandomNight, r Result, possible bool, least float64) {
	length := n.Closes - n.Opens
	if !possible {
		s.Hopeless++
		if r.Warned <= n.Opens+length/10 {
			s.Warned++
		}
		return
	}
	s.Nights++
	switch {
	case r.Late > 0:
		s.Late++
		s.Items += r.Late
	case !math.IsInf(r.Warned, 1):
		s.False++
	}
	s.Hours += r.PodSeconds / 3600
	s.Least += least / 3600
	s.Changes += r.Changes
	s.Peaks += float64(r.Peak) / float64(n.Max)
	s.Finishes += min(1.5, (r.Finish-n.Opens)/length)
	s.Costs = append(s.Costs, r.PodSeconds/least)
}

// Merge adds another sum of the same policy.
func (s *Summary) Merge(with *Summary) {
	s.Name = with.Name
	s.Nights, s.Late, s.Items = s.Nights+with.Nights, s.Late+with.Late, s.Items+with.Items
	s.Hours, s.Least, s.Changes = s.Hours+with.Hours, s.Least+with.Least, s.Changes+with.Changes
	s.Peaks, s.Finishes = s.Peaks+with.Peaks, s.Finishes+with.Finishes
	s.Costs = append(s.Costs, with.Costs...)
	s.False, s.Hopeless, s.Warned = s.False+with.False, s.Hopeless+with.Hopeless, s.Warned+with.Warned
}

// Cost is the ratio to the least that a share of the nights does not exceed.
func (s *Summary) Cost(share float64) float64 {
	if len(s.Costs) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.Costs))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}
