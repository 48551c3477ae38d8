package batch

import (
	"math"
	"slices"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
)

// Policy is a policy for a night.
type Policy struct {
	Name string
	Spec func(n *RandomNight) *engine.Spec
}

// Policies are the compared policies; the first is the default batch window.
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

// Summary is the result of a policy over many nights.
type Summary struct {
	Name string
	// Nights that could be on time, and of these the Late nights, their late Items, the Hours of pods, the lower bound Least
	// of Hours, and the Changes of the replicas.
	Nights, Late, Items int
	Hours, Least        float64
	Changes             int
	// Peaks and Finishes are the sums of the peak as a share of the maximum, and of the used share of the window.
	Peaks, Finishes float64
	// Costs of the nights, as ratios to the lower bound.
	Costs []float64
	// False counts nights on time that reported DeadlineAtRisk. Hopeless counts nights on which even the maximum from the start
	// is late; Warned those of them that reported DeadlineAtRisk in the first tenth of the window.
	False, Hopeless, Warned int
}

// Compare runs the policies on a night, and adds the results to their summaries. A night can be on time if the maximum from the
// start is on time.
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

// Merge adds another summary of the same policy.
func (s *Summary) Merge(with *Summary) {
	s.Name = with.Name
	s.Nights, s.Late, s.Items = s.Nights+with.Nights, s.Late+with.Late, s.Items+with.Items
	s.Hours, s.Least, s.Changes = s.Hours+with.Hours, s.Least+with.Least, s.Changes+with.Changes
	s.Peaks, s.Finishes = s.Peaks+with.Peaks, s.Finishes+with.Finishes
	s.Costs = append(s.Costs, with.Costs...)
	s.False, s.Hopeless, s.Warned = s.False+with.False, s.Hopeless+with.Hopeless, s.Warned+with.Warned
}

// Cost is the ratio to the lower bound that a share of the nights does not exceed.
func (s *Summary) Cost(share float64) float64 {
	if len(s.Costs) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.Costs))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}
