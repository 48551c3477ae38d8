package faultmatrix

import (
	"time"

	"flyball.dev/flyball/e2e/faults"
)

// unknown is the condition of an autoscaler whose query has no usable value.
func unknown(text string) condition {
	return condition{app: "steady", kind: "ScalingActive", status: "False", reason: "FailedGetPrometheusMetric", text: text}
}

// stale is the condition of an autoscaler whose query is not answered, while the last sample still counts.
func stale(text string) condition {
	return condition{app: "steady", kind: "MetricsStale", status: "True", reason: "NoNewSample", text: text}
}

// answers is a fault of what Prometheus answers.
func answers(fault faults.Fault) func(s *scene) (func() error, error) {
	return func(s *scene) (func() error, error) {
		remove := s.prometheus.Inject(faults.All, fault)
		return func() error { remove(); return nil }, nil
	}
}

var prometheusFaults = []fault{
	{
		name: "killed", class: "Prometheus", short: true, named: stale("cannot reach Prometheus"),
		begin: func(s *scene) (func() error, error) {
			s.prometheus.Down()
			s.cluster.KillPrometheus()
			return func() error {
				if err := s.cluster.RestartPrometheus(s.ctx); err != nil {
					return err
				}
				return s.prometheus.Up()
			}, nil
		},
	},
	{
		name: "hung", class: "Prometheus", named: stale("did not respond in time"), lasts: 10 * time.Second,
		begin: func(s *scene) (func() error, error) {
			s.cluster.FreezePrometheus()
			return func() error { s.cluster.ThawPrometheus(); return nil }, nil
		},
	},
	{name: "slow, 1s", class: "Prometheus", begin: answers(faults.Slow(time.Second))},
	{name: "answers NaN", class: "Prometheus", begin: answers(faults.Values("NaN")), named: unknown("NaN")},
	{name: "answers 0", class: "Prometheus", begin: answers(faults.Values("0"))},
	{name: "answers 10 times the load", class: "Prometheus", begin: answers(faults.Scaled(10)), lies: true},
	{name: "answers cut in the middle", class: "Prometheus", begin: answers(faults.Truncated), named: stale("")},
	{name: "answers 503", class: "Prometheus", begin: answers(faults.Page(503)), named: stale("503")},
	{
		name: "answers without series", class: "Prometheus", named: unknown("the answer may be incomplete: a store is away"),
		begin: answers(faults.Partial(func(map[string]string) bool { return true }, "a store is away")),
	},
}
