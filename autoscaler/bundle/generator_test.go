package bundle_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// generator makes up what a decision is made of.
type generator struct{ *rand.Rand }

func newGambler(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 11))} }

func (g generator) often() bool { return g.IntN(3) > 0 }

func (g generator) autoscaler() *v1alpha1.HorizontalAutoscaler {
	ha := &v1alpha1.HorizontalAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", Generation: g.Int64N(9), UID: "left out"},
		Spec: v1alpha1.HorizontalAutoscalerSpec{
			ScaleTargetRef: v1alpha1.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"},
			MinReplicas:    new(int32(1 + g.IntN(4))),
			MaxReplicas:    int32(5 + g.IntN(30)),
		},
	}
	for range g.IntN(4) {
		ha.Spec.Metrics = append(ha.Spec.Metrics, g.metric())
	}
	if g.often() {
		ha.Spec.Behavior = &v1alpha1.Behavior{ScaleUp: g.rules(), ScaleDown: g.rules()}
	}
	if g.often() {
		ha.Spec.Startup = &v1alpha1.Startup{CPUInitializationPeriod: new(g.duration()), InitialReadinessDelay: new(g.duration())}
	}
	if g.often() {
		ha.Spec.Fallback = &v1alpha1.Fallback{After: g.duration(), Replicas: int32(g.IntN(20)), Behavior: v1alpha1.FallbackCurrentReplicasIfHigher}
	}
	for i := range g.IntN(3) {
		ha.Spec.Windows = append(ha.Spec.Windows, v1alpha1.InlineWindow{
			Name: fmt.Sprint("w", i),
			Window: v1alpha1.Window{
				Start: new(v1alpha1.CronLine(fmt.Sprintf("*/%d * * * *", 1+g.IntN(15)))), Duration: new(g.duration()), TimeZone: "Europe/Berlin",
				MinReplicas: new(int32(g.IntN(20))), Priority: int32(g.IntN(2)), Batch: g.batch(),
			},
		})
	}
	if g.IntN(3) == 0 {
		profiles := []v1alpha1.DampingProfile{v1alpha1.DampingBalanced, v1alpha1.DampingResponsive, v1alpha1.DampingNone}
		ha.Spec.Damping = &v1alpha1.Damping{Profile: profiles[g.IntN(3)], Hold: new(g.duration())}
	}
	return ha
}

// windows are up to two ScaleWindows.
func (g generator) windows() []*v1alpha1.ScaleWindow {
	var windows []*v1alpha1.ScaleWindow
	for i := range g.IntN(3) {
		windows = append(windows, &v1alpha1.ScaleWindow{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("sw", i), Generation: g.Int64N(9)},
			Spec: v1alpha1.ScaleWindowSpec{
				Targets: []v1alpha1.WindowTarget{{Kind: "HorizontalAutoscaler", Name: "web"}},
				Window: v1alpha1.Window{
					Start: new(v1alpha1.CronLine(fmt.Sprintf("*/%d * * * *", 1+g.IntN(15)))), Duration: new(g.duration()),
					MinReplicas: new(int32(g.IntN(20))), MaxReplicas: new(int32(20 + g.IntN(20))), Priority: int32(g.IntN(2)), Batch: g.batch(),
				},
			},
		})
	}
	return windows
}

// compile is the policy of an autoscaler with ScaleWindows.
func compile(t *testing.T, ha *v1alpha1.HorizontalAutoscaler, windows []*v1alpha1.ScaleWindow, defaults policy.Defaults) *policy.Policy {
	t.Helper()
	own, err := policy.Compile(ha, defaults)
	if err != nil {
		t.Fatal(err)
	}
	var compiled []*policy.ScaleWindow
	for _, w := range windows {
		c, err := policy.CompileScaleWindow(w, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		compiled = append(compiled, c)
	}
	return own.With(compiled)
}

// batch is nil in half of the windows.
func (g generator) batch() *v1alpha1.Batch {
	if g.IntN(2) == 0 {
		return nil
	}
	query := func(text string) *v1alpha1.MetricSpec {
		return &v1alpha1.MetricSpec{Type: v1alpha1.PrometheusMetric, Prometheus: &v1alpha1.PrometheusMetricSource{
			Query: text, Target: v1alpha1.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: g.quantity()},
		}}
	}
	b := &v1alpha1.Batch{Backlog: *query("sum(queued)")}
	if g.IntN(2) == 0 {
		b.Arrivals = query("sum(rate(queued_total[5m]))")
	}
	if g.IntN(2) == 0 {
		b.Busy = &v1alpha1.Busy{Metric: v1alpha1.MetricIdentifier{Name: "jobs_in_progress"}}
	}
	switch g.IntN(3) {
	case 0:
		b.ThroughputPerReplica.Quantity = g.quantity()
	case 1:
		b.ThroughputPerReplica.Metric = query("avg(rate(done_total[5m]))")
	default:
		b.ThroughputPerReplica.Learned = &v1alpha1.LearnedThroughput{Initial: *g.quantity()}
	}
	return b
}

func (g generator) duration() v1alpha1.Duration {
	return v1alpha1.Duration((time.Duration(1+g.IntN(600)) * time.Second).String())
}

func (g generator) rules() *v1alpha1.ScalingRules {
	if g.IntN(4) == 0 {
		return nil
	}
	rules := &v1alpha1.ScalingRules{
		StabilizationWindowSeconds: new(int32(g.IntN(600))),
		Tolerance:                  &v1alpha1.Quantity{Quantity: *resource.NewMilliQuantity(g.Int64N(250), resource.DecimalSI)},
	}
	for range 1 + g.IntN(2) {
		kind := autoscalingv2.PodsScalingPolicy
		if g.IntN(2) == 0 {
			kind = autoscalingv2.PercentScalingPolicy
		}
		rules.Policies = append(rules.Policies, v1alpha1.ScalingPolicy{Type: kind, Value: int32(1 + g.IntN(150)), PeriodSeconds: int32(1 + g.IntN(120))})
	}
	return rules
}

func (g generator) metric() v1alpha1.MetricSpec {
	value := v1alpha1.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: g.quantity()}
	average := v1alpha1.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: g.quantity()}
	share := v1alpha1.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: new(int32(1 + g.IntN(150)))}
	named := v1alpha1.MetricIdentifier{Name: fmt.Sprint("m", g.IntN(3)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b", "c": "d"}}}
	switch g.IntN(6) {
	case 0:
		return v1alpha1.MetricSpec{Type: v1alpha1.ResourceMetric, Resource: &v1alpha1.ResourceMetricSource{Name: "cpu", Target: share}}
	case 1:
		return v1alpha1.MetricSpec{Type: v1alpha1.ContainerResourceMetric, ContainerResource: &v1alpha1.ContainerResourceMetricSource{Name: "memory", Container: "app", Target: average}}
	case 2:
		return v1alpha1.MetricSpec{Type: v1alpha1.PodsMetric, Pods: &v1alpha1.PodsMetricSource{Metric: named, Target: average}}
	case 3:
		return v1alpha1.MetricSpec{Type: v1alpha1.ObjectMetric, Object: &v1alpha1.ObjectMetricSource{
			DescribedObject: v1alpha1.CrossVersionObjectReference{Kind: "Service", Name: "web"}, Metric: named, Target: value,
		}}
	case 4:
		return v1alpha1.MetricSpec{Type: v1alpha1.ExternalMetric, External: &v1alpha1.ExternalMetricSource{Metric: named, Target: average}}
	default:
		return v1alpha1.MetricSpec{Type: v1alpha1.PrometheusMetric, Prometheus: &v1alpha1.PrometheusMetricSource{
			Query: `sum(rate(http_requests_total{code!~"5.."}[1m]))`, Target: average, ActivationValue: g.quantity(), MaxAge: new(g.duration()),
		}}
	}
}

func (g generator) quantity() *v1alpha1.Quantity {
	if g.IntN(4) == 0 {
		return &v1alpha1.Quantity{Quantity: *resource.NewQuantity((1+g.Int64N(1<<30))<<10, resource.BinarySI)}
	}
	return &v1alpha1.Quantity{Quantity: *resource.NewMilliQuantity(1+g.Int64N(1_000_000), resource.DecimalSI)}
}

func (g generator) defaults() policy.Defaults {
	if g.IntN(2) == 0 {
		return policy.StandardDefaults()
	}
	return policy.Defaults{
		Tolerance: g.Float64() / 3, DownscaleStabilization: time.Duration(g.Int64N(int64(time.Hour))),
		CPUInitializationPeriod: time.Duration(g.IntN(600)) * time.Second, MaxSampleAge: time.Duration(g.IntN(3)) * time.Minute,
		Without: engine.Correction(g.IntN(int(engine.AllCorrections) + 1)),
	}
}

// ago is an instant of the last ten minutes, mostly of whole milliseconds as the loop has them.
func (g generator) ago() time.Time {
	instant := noon.Add(-time.Duration(g.Int64N(int64(10 * time.Minute))))
	if g.often() {
		instant = instant.Truncate(time.Millisecond)
	}
	return instant
}

// value is mostly sensible, and sometimes what no metric should ever be.
func (g generator) value() int64 {
	switch g.IntN(20) {
	case 0:
		return math.MaxInt64 - g.Int64N(3)
	case 1:
		return math.MinInt64 + g.Int64N(3)
	default:
		return g.Int64N(400_000)
	}
}

func (g generator) state(spec *engine.Spec) engine.State {
	s := engine.State{ScaledToZero: g.IntN(2) == 0}
	for range g.IntN(10) {
		s.Recommendations = append(s.Recommendations, engine.Recommendation{Replicas: int32(g.IntN(40)), Time: g.ago()})
	}
	for range g.IntN(4) {
		s.Ups = append(s.Ups, engine.ScaleEvent{Change: int32(1 + g.IntN(9)), Time: g.ago()})
		s.Downs = append(s.Downs, engine.ScaleEvent{Change: int32(1 + g.IntN(9)), Time: g.ago(), Outdated: g.IntN(2) == 0})
	}
	for i := range spec.Metrics {
		if g.IntN(2) == 0 {
			s.Outages = append(s.Outages, engine.Outage{Metric: spec.Metrics[i].Identity(), Since: g.ago()})
		}
	}
	for i := range spec.Batches {
		s.Batches = append(s.Batches, engine.BatchState{Window: spec.BatchIdentity(i), State: g.progress()})
		s.StartUp = engine.StartUp{Seconds: 100 * g.Float64(), Pods: int32(1 + g.IntN(100)), Until: g.ago()}
	}
	if g.IntN(3) == 0 { // of a metric that an earlier spec had
		s.Outages = append(s.Outages, engine.Outage{Metric: g.Uint64(), Since: g.ago()})
	}
	for instant := noon.Add(-time.Duration(g.IntN(900)) * time.Second); g.IntN(4) > 0; instant = instant.Add(time.Duration(g.IntN(120_000)) * time.Millisecond) {
		s.Ready = append(s.Ready, engine.ReadyCount{Time: instant, Ready: g.Int32N(40)})
	}
	if g.IntN(2) == 0 {
		s.Observed, s.ScaledIn, s.Surged = g.ago(), engine.ReadyCount{Time: g.ago(), Ready: g.Int32N(40)}, g.ago()
	}
	for i := range spec.Metrics {
		a := engine.SampleAge{Metric: spec.Metrics[i].Identity(), Newest: g.ago(), Since: g.ago(), Ticks: g.Int32N(9), Cadence: time.Duration(g.IntN(90)) * time.Second}
		if g.IntN(3) == 0 {
			a.Ticks, a.Cadence, a.Digest, a.Read = 0, 0, g.Uint64(), g.ago()
		} else if g.often() {
			a.FullUse = g.ago()
		}
		s.Samples = append(s.Samples, a)
	}
	if g.IntN(2) == 0 {
		s.Damping = g.damping()
	}
	if g.IntN(2) == 0 {
		s.BlockedSince, s.QuotaProbe, s.Activated = g.ago(), g.Int32N(10), g.ago()
		s.StartUp = engine.StartUp{Seconds: 100 * g.Float64(), Spread: 10 * g.Float64(), Pods: 1 + g.Int32N(100), Until: g.ago()}
	}
	return s
}

// progress is of the occurrence that is open, or of one before.
func (g generator) progress() batch.State {
	s := batch.State{
		Start: g.ago(), Deadline: g.ago().Add(time.Hour), Backlog: 1000 * g.Float64(), At: g.ago(), Arrivals: g.Float64(),
		Planned: int32(g.IntN(30)), Aim: g.ago().Add(time.Hour), Ready: int32(g.IntN(30)), Steady: g.ago(), AtRisk: g.IntN(2) == 0, Missed: g.IntN(4) == 0,
		Rate: batch.Rate{
			Guess: g.Float64(), Faith: g.Float64(), Work: g.Float64(), Seconds: g.Float64(), Squares: g.Float64(), Blocks: g.Float64(),
			BlockWork: g.Float64() - 0.5, BlockSeconds: g.Float64(), Block: time.Duration(g.IntN(100)) * time.Second, Most: int32(g.IntN(30)),
		},
	}
	if g.IntN(2) == 0 {
		s.Watched, s.FewerSince, s.Fewer, s.DrainedSince, s.Left = g.ago(), g.ago(), int32(g.IntN(9)), g.ago(), g.Float64()
	}
	return s
}

func (g generator) observation(spec *engine.Spec) engine.Observation {
	seen := engine.Observation{SpecReplicas: int32(g.IntN(30)), StatusReplicas: int32(g.IntN(30))}
	if g.IntN(30) == 0 {
		seen.PodsProblem, seen.PodsReason = "made up: \"quoted\"\nand broken", "AmbiguousSelector"
	}
	for i := range g.IntN(20) {
		seen.Pods = append(seen.Pods, engine.Pod{
			Name: fmt.Sprint("web-", i), Phase: engine.Phase(1 + g.IntN(5)), Readiness: engine.Readiness(g.IntN(4)),
			ReadySince: g.ago(), Started: g.ago(), Deleting: g.IntN(8) == 0,
			Obstacle: engine.Obstacle(max(0, g.IntN(12)-6)), Superseded: g.IntN(16) == 0, Endpoint: engine.Endpoint(max(0, g.IntN(8)-4)), Lost: g.IntN(8) == 0,
		})
	}
	if g.IntN(3) == 0 {
		seen.EndpointsProblem = "made up: no slice"
		seen.BlockedBy, seen.Refused = "made up: no room", "made up: a quota"
		seen.QuotaHasRoom, seen.Ordered = g.IntN(2) == 0, g.IntN(2) == 0
	}
	for i := range spec.Metrics {
		r := engine.Reading{Time: g.ago(), Via: "direct", Value: g.value(), Window: time.Duration(g.IntN(2)) * time.Minute}
		if g.IntN(4) == 0 {
			r.Partial = "made up: a gap"
		}
		if g.IntN(4) == 0 {
			r.Strays = []int64{g.value(), g.value()}
		}
		r.Pods = g.samples(len(seen.Pods))
		for range seen.Pods {
			r.Requests = append(r.Requests, g.Int64N(4000))
		}
		if spec.Metrics[i].TargetType == engine.Utilization && g.IntN(8) == 0 {
			r.Requests, r.RequestsProblem = nil, "made up"
		}
		if g.IntN(6) == 0 {
			r.RefreshError = "made up"
		}
		if g.IntN(6) == 0 {
			r.Problem = "made up"
		}
		seen.Readings = append(seen.Readings, r)
	}
	for i := range spec.Batches {
		seen.Batches = append(seen.Batches, g.batchReading(&spec.Batches[i], len(seen.Pods)))
	}
	return seen
}

func (g generator) samples(pods int) []engine.Sample {
	all := make([]engine.Sample, pods)
	for i := range all {
		if g.IntN(6) > 0 {
			all[i] = engine.Sample{Known: true, Value: g.value(), Time: g.ago(), Window: time.Duration(g.Int64N(int64(time.Minute)))}
			if g.IntN(8) == 0 {
				all[i].Partial = "made up: a gap"
			}
		}
	}
	return all
}

func (g generator) batchReading(b *engine.Batch, pods int) engine.BatchReading {
	read := func(m *engine.Metric) engine.Reading {
		switch {
		case !m.Exists():
			return engine.Reading{}
		case g.IntN(6) == 0:
			return engine.Reading{Problem: "made up", Via: "direct"}
		case m.Type == engine.Pods:
			return engine.Reading{Time: g.ago(), Via: "direct", Pods: g.samples(pods)}
		default:
			r := engine.Reading{Time: g.ago(), Via: "direct", Value: g.value()}
			if g.IntN(4) == 0 {
				r.Partial = "made up: a gap"
			}
			return r
		}
	}
	return engine.BatchReading{Backlog: read(&b.Backlog), Arrivals: read(&b.Arrivals), Throughput: read(&b.Throughput), Busy: read(&b.Busy)}
}

func (g *generator) damping() damping.State {
	d := damping.State{
		Time: g.ago(), ConfirmedLoad: g.Float64(), SurgeSince: g.ago(), Level: g.Float64(), Trend: g.Float64() - 0.5, Noise: g.Float64(), SquaredShortfall: g.Float64(),
		UnforeseenShare: g.Float64(), UsualLoad: g.Float64(), LogPeakRatio: g.Float64(),
		Direction: g.Int32N(3) - 1, Reversals: g.Float64(), LoadDirection: g.Int32N(3) - 1, LoadExtreme: g.Float64(), LoadReversals: g.Float64(), PodSeconds: g.Float64(), HPAPodSeconds: g.Float64(), HPAReplicas: g.Int32N(9),
		DailyLoad: g.Float64(), LaterSeconds: g.Float64() - 0.5, ComparedSeconds: g.Float64(), Backlog: g.Float64(), HPABacklog: g.Float64(),
		CostLimited: g.IntN(2) > 0, Replicas: g.Int32N(9),
	}
	for range g.IntN(4) {
		d.Forecasts = append(d.Forecasts, damping.Forecast{Time: g.ago(), Load: g.Float64()})
		d.Requirements = append(d.Requirements, damping.Requirement{Time: g.ago(), Replicas: g.Float64()})
		d.HPARequirements = append(d.HPARequirements, damping.Requirement{Time: g.ago(), Replicas: g.Float64()})
		d.HPACounts = append(d.HPACounts, damping.Requirement{Time: g.ago(), Replicas: g.Float64()})
		d.Counts = append(d.Counts, damping.Requirement{Time: g.ago(), Replicas: g.Float64()})
	}
	return d
}
