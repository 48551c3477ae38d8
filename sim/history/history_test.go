package history_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/history"
)

var (
	monday  = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	unknown = math.NaN()
)

func series(values ...float64) history.Series {
	return history.Series{Start: monday, Step: 30 * time.Second, Values: values}
}

// TestLoad: rates are the load, means are multiplied by the pods that they were averaged over, and what is unknown stays unknown.
func TestLoad(t *testing.T) {
	for name, tc := range map[string]struct {
		kind                          history.Kind
		values, averaged, ready, want history.Series
	}{
		"rate":                       {history.Sum, series(100, 0, unknown), history.Series{}, series(2, 2, 2), series(100, 0, unknown)},
		"mean of the ready pods":     {history.Mean, series(70, 35, unknown), history.Series{}, series(2, 4, 4), series(140, 140, unknown)},
		"mean with its own count":    {history.Mean, series(70, 70), series(3, unknown), series(2, 2), series(210, 140)},
		"mean of unknown pods":       {history.Mean, series(70, 70), history.Series{}, series(unknown), series(unknown, unknown)},
		"mean of no pods":            {history.Mean, series(0, 70), history.Series{}, series(0, 0), series(unknown, unknown)},
		"negative and infinite rate": {history.Sum, series(-1, math.Inf(1)), history.Series{}, history.Series{}, series(unknown, unknown)},
	} {
		t.Run(name, func(t *testing.T) {
			got := history.Load(tc.kind, tc.values, tc.averaged, tc.ready)
			if diff := cmp.Diff(tc.want.Values, got.Values, cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLoadTwin: a known load is recorded under random replicas as a rate and as a mean. Both reconstruct the load.
func TestLoadTwin(t *testing.T) {
	for seed := range uint64(200) {
		dice := rand.New(rand.NewPCG(seed, 1))
		n := 1 + dice.IntN(50)
		actual, ready, mean := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			actual[i], ready[i] = 1000*dice.Float64(), float64(1+dice.IntN(20))
			if dice.IntN(10) == 0 {
				actual[i] = unknown
			}
			for range int(ready[i]) { // the dumb way: pod by pod
				mean[i] += actual[i] / ready[i] / ready[i]
			}
		}
		for kind, recorded := range map[history.Kind][]float64{history.Sum: actual, history.Mean: mean} {
			got := history.Load(kind, series(recorded...), history.Series{}, series(ready...))
			if diff := cmp.Diff(actual, got.Values, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
				t.Fatalf("seed %d, kind %d (-want +got):\n%s", seed, kind, diff)
			}
		}
	}
}

func TestKindOf(t *testing.T) {
	query := func(text string, target engine.TargetType) engine.Metric {
		return engine.Metric{Type: engine.Prometheus, Query: text, TargetType: target}
	}
	for name, tc := range map[string]struct {
		metric engine.Metric
		want   history.Kind
		refuse string
	}{
		"cpu":            {engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization}, history.Mean, ""},
		"memory":         {engine.Metric{Type: engine.Resource, Name: "memory"}, 0, "memory of a pod"},
		"pods":           {engine.Metric{Type: engine.Pods, Name: "requests"}, history.Mean, ""},
		"pods' latency":  {engine.Metric{Type: engine.Pods, Name: "http_request_duration_seconds"}, 0, "latency"},
		"pods' backlog":  {engine.Metric{Type: engine.Pods, Name: "queued_requests"}, 0, "backlog"},
		"pods' arrivals": {engine.Metric{Type: engine.Pods, Name: "queued_requests", Query: `sum by (namespace, pod) (rate(queued_requests_total[2m]))`}, history.Mean, ""},
		"rate":           {query(`sum(rate(http_requests_total[1m]))`, engine.AverageValue), history.Sum, ""},
		"count of times": {query(`sum(rate(http_request_duration_seconds_count[1m]))`, engine.AverageValue), history.Sum, ""},
		"cpu time":       {query(`sum(rate(container_cpu_usage_seconds_total[1m]))`, engine.AverageValue), history.Sum, ""},
		"utilization":    {query(`avg(worker_busy_ratio)`, engine.Value), history.Mean, ""},
		"quantile":       {query(`histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[1m])))`, engine.Value), 0, "latency"},
		"mean latency":   {query(`sum(rate(http_request_duration_seconds_sum[1m])) / sum(rate(http_request_duration_seconds_count[1m]))`, engine.Value), 0, "latency"},
		"latency name":   {engine.Metric{Type: engine.External, Name: "p95_latency", TargetType: engine.Value}, 0, "latency"},
		"queue":          {engine.Metric{Type: engine.External, Name: "queue_messages_ready", TargetType: engine.AverageValue}, 0, "backlog"},
		"queue arrivals": {query(`sum(rate(queue_messages_published_total[1m]))`, engine.AverageValue), history.Sum, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := history.KindOf(&tc.metric)
			if got != tc.want || (err == nil) != (tc.refuse == "") {
				t.Fatalf("kind %d, error %v", got, err)
			}
			if refused, ok := errors.AsType[*history.RefusedError](err); err != nil && (!ok || !strings.Contains(refused.Reason, tc.refuse)) {
				t.Errorf("the error is %v, want one about %s", err, tc.refuse)
			}
		})
	}
}

func TestStartUps(t *testing.T) {
	for name, tc := range map[string]struct {
		replicas, ready history.Series
		want            []float64
	}{
		"two steps":          {series(2, 4, 4, 4), series(2, 2, 3, 4), []float64{60}},
		"at once":            {series(2, 4), series(2, 4), []float64{0}},
		"changed before":     {series(2, 4, 6, 6), series(2, 2, 2, 6), nil},
		"unknown before":     {series(2, 4, 4, 4), series(2, 2, unknown, 4), nil},
		"never ready":        {series(2, 4, 4), series(2, 2, 2), nil},
		"not settled before": {series(4, 6, 6), series(3, 3, 6), nil},
	} {
		if diff := cmp.Diff(tc.want, history.StartUps(tc.replicas, tc.ready)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLags(t *testing.T) {
	for name, tc := range map[string]struct {
		load, replicas history.Series
		want           []float64
	}{
		"one step":          {series(20, 40, 40), series(2, 2, 4), []float64{30}},
		"within tolerance":  {series(20, 21, 21), series(2, 2, 4), nil},
		"without a load":    {series(20, 20, 20), series(2, 2, 4), nil},
		"unknown between":   {series(20, 40, unknown, 40, 40), series(2, 2, 2, 2, 4), []float64{30}},
		"back before":       {series(20, 40, 20, 40, 40, 40), series(2, 2, 2, 2, 2, 4), []float64{60}},
		"two changes count": {series(20, 40, 40, 80, 80), series(2, 2, 4, 4, 8), []float64{30, 30}},
	} {
		if diff := cmp.Diff(tc.want, history.Lags(tc.load, tc.replicas, 10, 0.1)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSpread(t *testing.T) {
	s := history.NewSpread([]float64{50, 10, 30, 20, 40, 60, 70, 80, 90, 100, 0})
	if s != (history.Spread{Count: 11, P10: 10, P50: 50, P90: 90}) || math.Abs(s.Sigma()-0.857) > 0.001 {
		t.Errorf("%+v, sigma %g", s, s.Sigma())
	}
	if (history.Spread{}) != history.NewSpread(nil) {
		t.Error("a spread without values")
	}
}
