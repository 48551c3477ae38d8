package scale

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// exporterName is this process among the processes: it plays the applications.
const exporterName = "exporter"

// reading is the state of all counters. Each group has the time at which it was read, because a busy server takes a second to
// answer.
type reading struct {
	time, requestsRead, queriesRead, evaluationsRead time.Time
	usage                                            map[string]Usage
	busy                                             float64 // CPU seconds of the whole machine
	requests                                         map[Request]float64
	queries                                          float64
	samples                                          float64
	evaluations                                      float64
	failures                                         float64
	late                                             map[float64]float64
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
	r.requests, r.requestsRead = requests(server), time.Now()
	prometheus, err := fetch(ctx, b.cluster.PrometheusURL+"/metrics")
	if err != nil {
		return err
	}
	r.queries = prometheus.sum("prometheus_http_requests_total", func(m *dto.Metric) bool {
		return strings.HasPrefix(label(m, "handler"), "/api/v1/")
	})
	r.samples, r.queriesRead = prometheus.sum("prometheus_engine_query_samples_total", nil), time.Now()
	if err := b.readAdapter(ctx, r); err != nil {
		return err
	}
	if !a.flyball {
		return b.readHPA(ctx, r)
	}
	r.evaluationsRead = time.Now()
	if b.flyball.Autoscaler.PID() == 0 { // the idle span
		return nil
	}
	text, err = b.flyball.Autoscaler.Get(ctx, "/metrics")
	if err != nil {
		return err
	}
	autoscaler, err := parseMetrics(text)
	if err != nil {
		return fmt.Errorf("metrics of the autoscaler: %w", err)
	}
	r.evaluationsRead = time.Now()
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
	r.evaluationsRead = time.Now()
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

// span is what happened between two readings. Usage, requests, queries and samples are rates per second.
type span struct {
	seconds                               float64
	usage                                 map[string]Usage
	requests                              map[Request]float64
	queries, samples                      float64
	evaluations, failures, evaluationRate float64
	lateness                              *Lateness
	// others are the CPU seconds per second of programs that are no part of the cluster.
	others float64
}

// measure takes the readings around a span of time of some length.
func (b *bench) measure(ctx context.Context, a arm, length time.Duration) (*span, error) {
	before, err := b.read(ctx, a, true)
	if err != nil {
		return nil, err
	}
	if err := sleep(ctx, length); err != nil {
		return nil, err
	}
	after, err := b.read(ctx, a, false)
	if err != nil {
		return nil, err
	}
	return newSpan(before, after), nil
}

// newSpan subtracts two readings.
func newSpan(before, after *reading) *span {
	seconds := after.time.Sub(before.time).Seconds()
	requested := after.requestsRead.Sub(before.requestsRead).Seconds()
	queried := after.queriesRead.Sub(before.queriesRead).Seconds()
	s := &span{
		seconds: seconds, usage: within(before.usage, after.usage), requests: map[Request]float64{},
		queries: (after.queries - before.queries) / queried, samples: (after.samples - before.samples) / queried,
		evaluations: after.evaluations - before.evaluations, failures: after.failures - before.failures,
		lateness: lateness(before.late, after.late),
		others:   (after.busy - before.busy) / seconds,
	}
	s.evaluationRate = s.evaluations / after.evaluationsRead.Sub(before.evaluationsRead).Seconds()
	for name, u := range s.usage {
		u.CPUSeconds /= seconds
		s.usage[name] = u
		s.others -= u.CPUSeconds
	}
	for r, n := range after.requests {
		s.requests[r] = (n - before.requests[r]) / requested
	}
	return s
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
		Seconds: s.seconds, Evaluations: s.evaluations, EvaluationsPerSecond: s.evaluationRate, Failures: s.failures,
		Lateness: s.lateness, Processes: map[string]Usage{}, OtherCores: max(0, s.others),
		RequestsPerSecond: map[string]float64{}, RequestsPerEvaluation: map[string]float64{},
		QueriesPerPeriod: (s.queries - idle.queries) * b.period.Seconds(),
		SamplesPerPeriod: (s.samples - idle.samples) * b.period.Seconds(),
	}
	for name, u := range s.usage {
		u.CPUSeconds -= idle.usage[name].CPUSeconds
		c.Processes[name] = u
		if name != exporterName {
			c.Cores += u.CPUSeconds
		}
	}
	for r, n := range s.requests {
		// A rate this small is the noise of requests that other programs send now and then.
		if rate := n - idle.requests[r]; rate > 0.05 {
			c.RequestsPerSecond[r.String()] = rate
			if s.evaluations > 0 {
				c.RequestsPerEvaluation[r.String()] = rate / s.evaluationRate
			}
		}
	}
	if s.evaluations > 0 {
		c.CPUPerEvaluation = 1000 * c.Cores / s.evaluationRate
	}
	return c
}

// profiled is the length of a profile.
const profiled = 20 * time.Second

// profile writes CPU profiles of the API server, and in an arm of Flyball of the autoscaler and of its live memory, in a span of their
// own, because profiling costs CPU.
func (b *bench) profile(ctx context.Context, name string, a arm, size int) error {
	if b.Profiles == "" {
		return nil
	}
	b.progress.begin(profiled, "%s: profiling", name)
	if err := os.MkdirAll(b.Profiles, 0o755); err != nil {
		return err
	}
	seconds := fmt.Sprint(int(profiled.Seconds()))
	write := func(program string, text []byte, err error) error {
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(b.Profiles, fmt.Sprintf("%s-%s-%d.pprof", program, name, size)), text, 0o600)
	}
	autoscaler := make(chan error, 1)
	go func() {
		if !a.flyball {
			autoscaler <- nil
			return
		}
		text, err := b.flyball.Autoscaler.Get(ctx, "/debug/pprof/profile?seconds="+seconds)
		failed := write("autoscaler", text, err)
		text, err = b.flyball.Autoscaler.Get(ctx, "/debug/pprof/heap?gc=1")
		autoscaler <- cmp.Or(failed, write("autoscaler-heap", text, err))
	}()
	text, err := b.client.CoreV1().RESTClient().Get().AbsPath("/debug/pprof/profile").Param("seconds", seconds).Timeout(2 * profiled).DoRaw(ctx)
	return cmp.Or(write("apiserver", text, err), <-autoscaler)
}
