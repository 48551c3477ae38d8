package scale

import (
	"encoding/json"
	"io"
	"runtime"
	"time"
)

// Report is what a run measured.
type Report struct {
	Time time.Time `json:"time"`
	// Conditions are what a reader must have in mind beside the figures.
	Conditions []string `json:"conditions"`
	CPUs       int      `json:"cpus"`
	Scrape     string   `json:"scrapeInterval"`
	Span       string   `json:"span"`
	Metrics    int      `json:"metrics"`
	Namespaces int      `json:"namespaces"`
	Pods       int      `json:"podsPerDeployment"`
	// Frozen is true where the benchmark wrote ready pods itself, while kube-controller-manager was stopped.
	Frozen bool `json:"frozenPopulation,omitempty"`
	// AutoscalerFlags and ManagerFlags are those of the tuned arms.
	AutoscalerFlags []string `json:"tunedAutoscalerFlags,omitempty"`
	ManagerFlags    []string `json:"tunedControllerManagerFlags"`
	// Skipped are arms that did not run, with the reason.
	Skipped []string  `json:"skipped,omitempty"`
	Results []*Result `json:"results"`
}

// Result is that of one arm with one number of autoscalers. A nil field was not measured.
type Result struct {
	Arm         string   `json:"arm"`
	Title       string   `json:"title"`
	Autoscalers int      `json:"autoscalers"`
	Period      string   `json:"period"`
	Load        Shape    `json:"load"`
	Created     *Created `json:"createdAtOnce,omitempty"`
	Cost        *Cost    `json:"cost,omitempty"`
	Step        *Step    `json:"step,omitempty"`
	// FrozenStep is the step with kube-controller-manager stopped, so without rollouts.
	FrozenStep *Step `json:"stepWithoutRollouts,omitempty"`
}

func newReport(o *Options) *Report {
	r := &Report{
		Time: time.Now().UTC().Truncate(time.Second), CPUs: runtime.NumCPU(),
		Conditions: []string{
			"one machine runs the whole control plane, Prometheus and the benchmark; etcd runs without fsync; pods are simulated",
			"CPU is above that of an idle span before each arm, of all processes but the exporter that plays the pods",
			"lateness is an upper bound, from buckets of a histogram; that of an HPA is its time in the work queue",
		},
		Scrape: o.Scrape.String(), Span: o.Span.String(),
		Metrics: o.Metrics, Namespaces: o.Namespaces, Pods: o.Pods, Frozen: o.Frozen,
		AutoscalerFlags: o.AutoscalerFlags, ManagerFlags: tuned,
	}
	if o.Frozen {
		r.Conditions = append(r.Conditions, "the population is frozen: the benchmark wrote the Deployments, ReplicaSets and ready pods itself, and "+
			"kube-controller-manager was stopped, so nothing rolled out")
	}
	return r
}

// WriteJSON writes the report.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// ReadReport reads a report that WriteJSON wrote.
func ReadReport(in io.Reader) (*Report, error) {
	r := &Report{}
	return r, json.NewDecoder(in).Decode(r)
}
