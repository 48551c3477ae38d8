package backtest

import (
	"time"

	"flyball.dev/flyball/sim/backtest"
	"flyball.dev/flyball/sim/history"
	simreport "flyball.dev/flyball/sim/report"
)

// report is the answer of flyball backtest.
type report struct {
	Autoscaler string `json:"autoscaler"`
	Kind       string `json:"kind"`
	// Source is prometheus, recording or trace.
	Source string    `json:"source"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Step   string    `json:"step"`
	// Queries is the number of queries to Prometheus.
	Queries int      `json:"queries"`
	Metrics []metric `json:"metrics"`
	// Refused are the metrics that no load can be reconstructed from.
	Refused   []refused `json:"refused,omitempty"`
	Estimates estimates `json:"estimates"`
	// Grade is that of the backtest itself; nil where no replicas were recorded.
	Grade *backtest.Grade `json:"grade,omitempty"`
	// GradedPolicy is the policy that ran.
	GradedPolicy string `json:"gradedPolicy,omitempty"`
	// Trusted is that of the grade; false without one.
	Trusted     bool      `json:"trusted"`
	Results     []result  `json:"results"`
	Assumptions []string  `json:"assumptions"`
	Tuning      *tuning   `json:"tuning,omitempty"`
	History     *timeline `json:"history,omitempty"`
	// Manifest is the first policy as a manifest to apply.
	Manifest string `json:"manifest"`

	runs []*runOf
	// recorded has the plots of what was recorded, with -o html.
	recorded *simreport.Recorder
}

// metric is a load.
type metric struct {
	Metric string `json:"metric"`
	// Kind is sum or mean, and Query what was recorded; empty for a trace.
	Kind  string `json:"kind"`
	Query string `json:"query,omitempty"`
	// KnownPercent is the share of the time in which the load is known.
	KnownPercent float64 `json:"knownPercent"`
	// Target and PodCapacity are per pod, in the unit of the metric.
	Target      float64 `json:"target"`
	PodCapacity float64 `json:"podCapacity"`
	// SaturatedPercent is the share of the recorded time in which the pods were at their capacity, so that the load can have been
	// higher than recorded.
	SaturatedPercent float64 `json:"saturatedPercent"`
}

// estimates are what the history shows of pods and decisions.
type estimates struct {
	StartUpSeconds spread `json:"startUpSeconds"`
	LagSeconds     spread `json:"lagSeconds"`
	PodsPerNode    spread `json:"podsPerNode"`
}

// spread is a distribution of a number of observations; 0 for an assumed value.
type spread struct {
	Observations int     `json:"observations"`
	P10          float64 `json:"p10"`
	P50          float64 `json:"p50"`
	P90          float64 `json:"p90"`
}

func spreadOf(s history.Spread) spread { return spread{s.Count, s.P10, s.P50, s.P90} }

// result has the scores of one policy.
type result struct {
	Policy string `json:"policy"`
	backtest.Scores
	// ShortageMinutesFast and ShortageMinutesSlow are those with all starts at the tenth and the ninetieth percentile; nil for what was
	// recorded.
	ShortageMinutesFast *float64 `json:"shortageMinutesFast,omitempty"`
	ShortageMinutesSlow *float64 `json:"shortageMinutesSlow,omitempty"`
}

// recordedName is the row of what was recorded.
const recordedName = "recorded"

// runOf is a policy with its runs.
type runOf struct {
	candidate *candidate
	run       *backtest.Run
	// fast and slow are the runs with fast and slow starts.
	fast, slow *backtest.Run
	// recorder has the plots, with -o html.
	recorder *simreport.Recorder
}

// timeline has what happened at each step, for --timeline.
type timeline struct {
	// Demand is the load in pods at full use; null where it is unknown.
	Demand   []*float64            `json:"demand"`
	Replicas map[string][]*float64 `json:"replicas"`
	Ready    map[string][]*float64 `json:"ready"`
}
