package scale

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// exporterName is this process among the processes: it plays the applications.
const exporterName = "exporter"

// reading is the state of all counters at one time.
type reading struct {
	time        time.Time
	usage       map[string]Usage
	busy        float64 // CPU seconds of the whole machine
	requests    map[Request]float64
	queries     float64
	samples     float64
	evaluations float64
	failures    float64
	late        map[float64]float64
}

// read reads the counters that cost much outside of the span, whose edges are the readings of CPU: those of the API server before
// a span begins and after it ends.
func (b *bench) read(ctx context.Context, a arm, begins bool) (*reading, error) {
	var r reading
	if begins {
		if err := b.readCounters(ctx, a, &r); err != nil {
			return nil, err
		}
	}
	pids := b.cluster.PIDs()
	pids[exporterName] = os.Getpid()
	r.time, r.usage = time.Now(), usages(pids)
	var err error
	if r.busy, err = machineBusy(); err != nil {
		return nil, err
	}
	if !begins {
		if err := b.readCounters(ctx, a, &r); err != nil {
			return nil, err
		}
	}
	return &r, nil
}

func (b *bench) readCounters(ctx context.Context, a arm, r *reading) error {
	text, err := b.client.CoreV1().RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return err
	}
	server, err := parseMetrics(text)
	if err != nil {
		return fmt.Errorf("metrics of the API server: %w", err)
	}
	r.requests = requests(server)
	prometheus, err := fetch(ctx, b.cluster.PrometheusURL+"/metrics")
	if err != nil {
		return err
	}
	r.queries = prometheus.sum("prometheus_http_requests_total", func(m *dto.Metric) bool {
		return strings.HasPrefix(label(m, "handler"), "/api/v1/")
	})
	r.samples = prometheus.sum("prometheus_engine_query_samples_total", nil)
	if err := b.readAdapter(ctx, r); err != nil {
		return err
	}
	if !a.flyball {
		return b.readHPA(ctx, r)
	}
	if b.flyball.Autoscaler.PID() == 0 { // the idle span
		return nil
	}
	autoscaler, err := fetch(ctx, b.flyball.Autoscaler.URL+"/metrics")
	if err != nil {
		return err
	}
	r.evaluations = autoscaler.sum("flyball_autoscaler_decisions_total", nil)
	r.failures = autoscaler.sum("flyball_autoscaler_decisions_total", func(m *dto.Metric) bool {
		return slices.Contains([]string{"failed", "unreadable", "unwritable"}, label(m, "outcome"))
	})
	r.late = autoscaler.buckets("flyball_autoscaler_evaluation_lateness_seconds", nil)
	return nil
}

// readAdapter adds the requests for metrics, of which only the adapters have a count.
func (b *bench) readAdapter(ctx context.Context, r *reading) error {
	urls := []string{b.flyball.Adapter.URL}
	if b.other != nil {
		urls = append(urls, b.otherURL)
	}
	for _, url := range urls {
		text, err := b.cluster.Ask(ctx, url+"/metrics")
		if err != nil && url == b.otherURL {
			continue // it need not serve metrics about itself
		}
		if err != nil {
			return err
		}
		adapter, err := parseMetrics(text)
		if err != nil {
			return fmt.Errorf("metrics of the adapter at %s: %w", url, err)
		}
		for request, n := range metricRequests(adapter) {
			r.requests[request] += n
		}
	}
	return nil
}

// readHPA reads upstream's own metrics. An HPA returns to the work queue a period after its evaluation: the lateness is
// the time that it waits in the queue.
func (b *bench) readHPA(ctx context.Context, r *reading) error {
	text, err := b.cluster.ControllerManagerMetrics(ctx)
	if err != nil {
		return err
	}
	manager, err := parseMetrics(text)
	if err != nil {
		return fmt.Errorf("metrics of kube-controller-manager: %w", err)
	}
	r.evaluations = manager.sum("horizontal_pod_autoscaler_controller_reconciliations_total", nil)
	r.failures = manager.sum("horizontal_pod_autoscaler_controller_reconciliations_total", func(m *dto.Metric) bool {
		return label(m, "error") != "none"
	})
	r.late = manager.buckets("workqueue_queue_duration_seconds", func(m *dto.Metric) bool {
		return label(m, "name") == "horizontalpodautoscaler"
	})
	return nil
}

// span is what happened between two readings.
type span struct {
	seconds                                 float64
	usage                                   map[string]Usage
	requests                                map[Request]float64
	queries, samples, evaluations, failures float64
	lateness                                *Lateness
	// others is the CPU time of programs that are no part of the cluster.
	others float64
}

// measure takes the readings around a span of time.
func (b *bench) measure(ctx context.Context, a arm) (*span, error) {
	before, err := b.read(ctx, a, true)
	if err != nil {
		return nil, err
	}
	if err := sleep(ctx, b.Span); err != nil {
		return nil, err
	}
	after, err := b.read(ctx, a, false)
	if err != nil {
		return nil, err
	}
	s := &span{
		seconds: after.time.Sub(before.time).Seconds(), usage: within(before.usage, after.usage), requests: maps.Clone(after.requests),
		queries: after.queries - before.queries, samples: after.samples - before.samples,
		evaluations: after.evaluations - before.evaluations, failures: after.failures - before.failures,
		lateness: lateness(before.late, after.late),
		others:   after.busy - before.busy,
	}
	for _, u := range s.usage {
		s.others -= u.CPUSeconds
	}
	for r, n := range before.requests {
		s.requests[r] -= n
	}
	return s, nil
}

// Cost is what an arm did and cost in its span, above an idle span of the same run.
type Cost struct {
	Seconds              float64 `json:"seconds"`
	Evaluations          float64 `json:"evaluations"`
	EvaluationsPerSecond float64 `json:"evaluationsPerSecond"`
	// Failures are evaluations without a replica count.
	Failures float64 `json:"failures"`
	// Lateness is nil where it was not measured.
	Lateness *Lateness `json:"lateness,omitempty"`
	// CPU by process, in CPU seconds per second above idle, and memory at the end of the span.
	Processes map[string]Usage `json:"processes"`
	// CPUPerEvaluation is that of all processes but the exporter, in milliseconds.
	CPUPerEvaluation float64 `json:"cpuMillisecondsPerEvaluation"`
	// Cores are the CPU seconds per second of the same.
	Cores float64 `json:"cores"`
	// RequestsPerSecond above idle, by verb and resource, and those per evaluation.
	RequestsPerSecond     map[string]float64 `json:"requestsPerSecond"`
	RequestsPerEvaluation map[string]float64 `json:"requestsPerEvaluation"`
	// Queries and Samples are those of Prometheus per period, above idle.
	QueriesPerPeriod float64 `json:"queriesPerPeriod"`
	SamplesPerPeriod float64 `json:"samplesPerPeriod"`
	// OtherCores are the CPU seconds per second that programs used which are no part of the cluster. They disturb the measurement.
	OtherCores float64 `json:"otherProgramsCores"`
}

// cost subtracts the idle span.
func (b *bench) cost(idle, s *span) *Cost {
	c := &Cost{
		Seconds: s.seconds, Evaluations: s.evaluations, EvaluationsPerSecond: s.evaluations / s.seconds, Failures: s.failures,
		Lateness: s.lateness, Processes: map[string]Usage{},
		OtherCores:        max(0, s.others/s.seconds),
		RequestsPerSecond: map[string]float64{}, RequestsPerEvaluation: map[string]float64{},
		QueriesPerPeriod: (s.queries/s.seconds - idle.queries/idle.seconds) * b.Period.Seconds(),
		SamplesPerPeriod: (s.samples/s.seconds - idle.samples/idle.seconds) * b.Period.Seconds(),
	}
	for name, u := range s.usage {
		u.CPUSeconds = u.CPUSeconds/s.seconds - idle.usage[name].CPUSeconds/idle.seconds
		c.Processes[name] = u
		if name != exporterName {
			c.Cores += u.CPUSeconds
		}
	}
	for r, n := range s.requests {
		// A rate this small is the noise of requests that other programs send now and then.
		if rate := n/s.seconds - idle.requests[r]/idle.seconds; rate > 0.05 {
			c.RequestsPerSecond[r.String()] = rate
			if s.evaluations > 0 {
				c.RequestsPerEvaluation[r.String()] = rate * s.seconds / s.evaluations
			}
		}
	}
	if s.evaluations > 0 {
		c.CPUPerEvaluation = 1000 * c.Cores * s.seconds / s.evaluations
	}
	return c
}

// profile writes a CPU profile of the API server during a span of its own, because profiling costs CPU.
func (b *bench) profile(ctx context.Context, name string, size int) error {
	if b.Profiles == "" {
		return nil
	}
	b.progress.begin(profiled, "%s: profiling the API server", name)
	text, err := b.client.CoreV1().RESTClient().Get().AbsPath("/debug/pprof/profile").
		Param("seconds", fmt.Sprint(int(profiled.Seconds()))).Timeout(2 * profiled).DoRaw(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.Profiles, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.Profiles, fmt.Sprintf("apiserver-%s-%d.pprof", name, size)), text, 0o600)
}

// profiled is the length of a profile.
const profiled = 20 * time.Second
