package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/schedule"
)

// parse reads a spec as the API server would: a field that the API does not have is an error.
func parse(t *testing.T, spec string) *v1alpha1.HorizontalAutoscaler {
	t.Helper()
	ha := &v1alpha1.HorizontalAutoscaler{}
	if err := yaml.UnmarshalStrict([]byte(spec), &ha.Spec); err != nil {
		t.Fatal(err)
	}
	return ha
}

const target = "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\nmaxReplicas: 10\n"

// standard is what a spec compiles to that says nothing but its target and its upper bound.
func standard(change func(*engine.Spec)) engine.Spec {
	s := engine.Spec{
		MinReplicas: 1, MaxReplicas: 10,
		Metrics:                 []engine.Metric{{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 80, MaxAge: 10 * time.Minute}},
		Up:                      engine.Rules{Select: engine.SelectMax, Tolerance: 0.1},
		Down:                    engine.Rules{Select: engine.SelectMax, Tolerance: 0.1, Stabilization: 5 * time.Minute},
		CPUInitializationPeriod: 5 * time.Minute, InitialReadinessDelay: 30 * time.Second,
	}
	change(&s)
	return s
}

// withBehavior adds what autoscaling/v2 fills a behavior with.
func withBehavior(change func(*engine.Spec)) engine.Spec {
	return standard(func(s *engine.Spec) {
		s.HasBehavior = true
		s.Up.Policies = []engine.RatePolicy{{Value: 4, Period: 15 * time.Second}, {Percent: true, Value: 100, Period: 15 * time.Second}}
		s.Down.Policies = []engine.RatePolicy{{Percent: true, Value: 100, Period: 15 * time.Second}}
		change(s)
	})
}

// TestPastedSpecs compiles the specs of autoscaling/v2 HPAs, as people write them.
func TestPastedSpecs(t *testing.T) {
	metric := func(m engine.Metric) engine.Spec {
		m.MaxAge = 10 * time.Minute
		return standard(func(s *engine.Spec) { s.Metrics = []engine.Metric{m} })
	}
	for name, tc := range map[string]struct {
		spec string
		want engine.Spec
	}{
		"nothing but the target": {"", standard(func(*engine.Spec) {})},
		"bounds":                 {"minReplicas: 3", standard(func(s *engine.Spec) { s.MinReplicas = 3 })},
		"memory by value, whatever type says": {
			"metrics: [{type: Resource, resource: {name: memory, target: {type: Utilization, averageValue: 512Mi}}}]",
			metric(engine.Metric{Type: engine.Resource, Name: "memory", TargetType: engine.AverageValue, Target: 512 << 20 * 1000}),
		},
		"one container": {
			"metrics: [{type: ContainerResource, containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 60}}}]",
			metric(engine.Metric{Type: engine.ContainerResource, Name: "cpu", Container: "app", TargetType: engine.Utilization, Target: 60}),
		},
		"pods": {
			"metrics: [{type: Pods, pods: {metric: {name: packets, selector: {matchLabels: {verb: GET}}}, target: {type: AverageValue, averageValue: 1500m}}}]",
			metric(engine.Metric{Type: engine.Pods, Name: "packets", Selector: "verb=GET", TargetType: engine.AverageValue, Target: 1500}),
		},
		"object, its type decides between two fields": {
			`metrics: [{type: Object, object: {describedObject: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: main},
			  metric: {name: requests}, target: {type: Value, value: 10k, averageValue: 5}}}]`,
			metric(engine.Metric{
				Type: engine.Object, Name: "requests", TargetType: engine.Value, Target: 10_000_000,
				Object: engine.ObjectRef{APIVersion: "networking.k8s.io/v1", Kind: "Ingress", Name: "main"},
			}),
		},
		"external by value": {
			"metrics: [{type: External, external: {metric: {name: queue, selector: {}}, target: {type: Value, value: 30}}}]",
			metric(engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.Value, Target: 30_000}),
		},
		"to zero": {
			"minReplicas: 0\nmetrics: [{type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: 30}}}]",
			standard(func(s *engine.Spec) {
				s.MinReplicas = 0
				s.Metrics = []engine.Metric{{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 30_000, MaxAge: 10 * time.Minute}}
			}),
		},
		"an empty behavior is one": {"behavior: {}", withBehavior(func(*engine.Spec) {})},
		"a behavior is completed field by field": {
			"behavior: {scaleDown: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}, scaleUp: {stabilizationWindowSeconds: 30, selectPolicy: Min}}",
			withBehavior(func(s *engine.Spec) {
				s.Down.Policies = []engine.RatePolicy{{Value: 1, Period: time.Minute}}
				s.Up.Stabilization, s.Up.Select = 30*time.Second, engine.SelectMin
			}),
		},
		"disabled, at once, and a tolerance": {
			"behavior: {scaleDown: {selectPolicy: Disabled, stabilizationWindowSeconds: 0, tolerance: 0.05}}",
			withBehavior(func(s *engine.Spec) {
				s.Down.Select, s.Down.Stabilization, s.Down.Tolerance = engine.SelectDisabled, 0, 0.05
			}),
		},
		"what Flyball adds": {
			`metrics: [{type: Prometheus, prometheus: {query: sum(up), target: {type: AverageValue, averageValue: 100}, activationValue: "1"}}]
startup: {cpuInitializationPeriod: 1m, initialReadinessDelay: 5s}
fallback: {after: 3m, replicas: 5, behavior: CurrentReplicasIfHigher}
capacity: {maxPendingPods: 50}
serving: {serviceName: web}`,
			standard(func(s *engine.Spec) {
				s.Metrics = []engine.Metric{{
					Type: engine.Prometheus, Query: "sum(up)", Compiled: engine.CompiledQuery{Text: "sum(up)", Instant: true}, TargetType: engine.AverageValue, Target: 100_000, Activation: 1000, MaxAge: 2 * time.Minute,
				}}
				s.CPUInitializationPeriod, s.InitialReadinessDelay = time.Minute, 5*time.Second
				s.Fallback = &engine.Fallback{After: 3 * time.Minute, Replicas: 5, Behavior: engine.FallbackCurrentIfHigher}
				s.MaxPendingPods, s.Serving = 50, &engine.Serving{Service: "web", MaxDrainingPercent: 25}
			}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			ha := parse(t, target+tc.spec)
			before := ha.DeepCopy()
			p, err := policy.Compile(ha, policy.StandardDefaults())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, p.Spec); diff != "" {
				t.Errorf("compiled spec (-want +got):\n%s", diff)
			}
			if len(p.Metrics) != len(p.Spec.Metrics) {
				t.Errorf("%d metrics of the API for %d of the engine", len(p.Metrics), len(p.Spec.Metrics))
			}
			if diff := cmp.Diff(before, ha); diff != "" {
				t.Errorf("the object was changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestDefaultsOfTheController(t *testing.T) {
	p, err := policy.Compile(parse(t, target), policy.Defaults{Tolerance: 0.2, DownscaleStabilization: time.Minute, InitialReadinessDelay: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := standard(func(s *engine.Spec) {
		s.Up.Tolerance, s.Down.Tolerance, s.Down.Stabilization = 0.2, 0.2, time.Minute
		s.CPUInitializationPeriod, s.InitialReadinessDelay = 0, 1
		s.Metrics[0].MaxAge = 0
	})
	if diff := cmp.Diff(want, p.Spec); diff != "" {
		t.Errorf("compiled spec (-want +got):\n%s", diff)
	}
}

func TestWindows(t *testing.T) {
	p, err := policy.Compile(parse(t, target+`
windows:
- {name: floor, start: "0 22 * * 1-5", duration: 8h, timeZone: Europe/Berlin, minReplicas: 5, priority: 3}
- {name: exact, start: "0 12 * * *", duration: 30m, replicas: 7, suspend: true}
- {name: ceiling, start: "0 1 * * *", duration: 1h, maxReplicas: 0}
- {name: until, start: "0 22 * * *", end: "0 6 * * *", minReplicas: 1, lead: 5m, ramp: 10m, except: ["2026-12-25"], notBefore: "2026-01-01", notAfter: "2027-01-01"}
- {name: once, at: {from: "2026-12-24T18:00", to: "2026-12-24T23:00"}, minReplicas: 1, only: ["2026-12-20/2026-12-24"]}
`), policy.StandardDefaults())
	if err != nil {
		t.Fatal(err)
	}
	type window struct {
		Name, Start, End, TimeZone string
		Duration, Lead, Ramp       time.Duration
		Min, Max, Priority         int32
		HasMin, HasMax             bool
		Suspend                    bool
	}
	var got []window
	for _, w := range p.Spec.Windows {
		got = append(got, window{w.Name, w.Start, w.End, w.TimeZone, w.Duration, w.Lead, w.Ramp, w.Min, w.Max, w.Priority, w.HasMin, w.HasMax, w.Suspend})
	}
	want := []window{
		{Name: "floor", Start: "0 22 * * 1-5", TimeZone: "Europe/Berlin", Duration: 8 * time.Hour, Min: 5, HasMin: true, Priority: 3},
		{Name: "exact", Start: "0 12 * * *", TimeZone: "UTC", Duration: 30 * time.Minute, Min: 7, Max: 7, HasMin: true, HasMax: true, Suspend: true},
		{Name: "ceiling", Start: "0 1 * * *", TimeZone: "UTC", Duration: time.Hour, HasMax: true},
		{Name: "until", Start: "0 22 * * *", End: "0 6 * * *", TimeZone: "UTC", Lead: 5 * time.Minute, Ramp: 10 * time.Minute, Min: 1, HasMin: true},
		{Name: "once", TimeZone: "UTC", Min: 1, HasMin: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("windows (-want +got):\n%s", diff)
	}
	until, once := p.Spec.Windows[3], p.Spec.Windows[4]
	for _, out := range []string{"2025-12-31T23:00:00Z", "2026-12-25T23:00:00Z", "2027-01-02T23:00:00Z"} {
		if o, open := until.Open(instant(t, out)); open {
			t.Errorf("%s is open at %s: %v", until.Name, out, o)
		}
	}
	for w, in := range map[*schedule.Window]string{&until: "2027-01-01T23:00:00Z", &once: "2026-12-24T22:59:59Z"} {
		if _, open := w.Open(instant(t, in)); !open {
			t.Errorf("%s is closed at %s", w.Name, in)
		}
	}
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		spec   string
		reason string
		says   []string
	}{
		"damping, each field by its name": {
			`damping: {profile: Wild, forecastHorizon: soon, hold: 25h, costBound: {overHPAPercent: 10, window: 5m}, advanced: {headroomPercent: 101, safety: -1, deadBand: {scaleUpPercent: 101}, surgeLimit: "0.5", peaksPercent: 100, huntingGuard: {maxSteps: 9}}}`,
			v1alpha1.ReasonInvalidSpec,
			[]string{
				`spec.damping.profile: Unsupported value: "Wild"`, "spec.damping.advanced.headroomPercent:", `spec.damping.advanced.safety: Invalid value: "-1": must be from 0 to 10`,
				"spec.damping.forecastHorizon:", "must be a duration, such as 90s", `spec.damping.advanced.deadBand.scaleUpPercent: Invalid value: 101: must be less than or equal to 100`,
				`spec.damping.hold: Invalid value: "25h": must be at most 24h0m0s`, `spec.damping.advanced.surgeLimit: Invalid value: "500m": must be 0, which turns the limit off, or from 1 to 100`, "spec.damping.advanced.peaksPercent:",
				"spec.damping.advanced.huntingGuard.maxSteps:", "spec.damping.costBound.window:", "must be 0s, which turns the bound off, or at least 10m0s",
			},
		},
		"times of windows, each by its field": {
			`windows:
- {name: a, start: "0 22 * * *", end: "0 6 30 2 *", minReplicas: 1}
- {name: b, at: {from: "2026-12-24T18:00", to: "24 December"}, minReplicas: 1}
- {name: c, start: "0 22 * * *", duration: 1h, minReplicas: 1, except: ["2026-12-25", "2026-02-30"]}
- {name: d, start: "0 22 * * *", duration: 1h, minReplicas: 1, only: ["2026-12-31/2026-12-01"]}
- {name: e, start: "0 22 * * *", duration: 1h, minReplicas: 1, notBefore: "2026-12-31", notAfter: "2026-12-01"}
- {name: f, start: "0 22 * * *", duration: 1h, minReplicas: 1, lead: 25h}`,
			v1alpha1.ReasonInvalidSpec,
			[]string{
				"spec.windows[0].end:", "never comes", "spec.windows[1].at.to:", "write it like 2026-12-24T18:00", "spec.windows[2].except[1]:",
				"spec.windows[3].only[0]:", "write the earlier date first", "spec.windows[4].notAfter:", "is before notBefore",
				"spec.windows[5].lead:", "at most 24h0m0s",
			},
		},
		"durations of windows": {
			`windows: [{name: a, start: "0 22 * * *", duration: -1h, minReplicas: 1, lead: -5m, ramp: soon}]`,
			v1alpha1.ReasonInvalidSpec,
			[]string{"spec.windows[0].duration:", "must be at least 1s", "spec.windows[0].lead:", "must not be negative", "spec.windows[0].ramp:", "must be a duration, such as 90s"},
		},
		"what means nothing comes first": {
			"minReplicas: 0",
			v1alpha1.ReasonInvalidSpec,
			[]string{"spec.metrics: Forbidden: must specify at least one Object, External or Prometheus metric"},
		},
		"a quantity beyond what can be counted, which upstream takes for 0": {
			`metrics: [{type: External, external: {metric: {name: q}, target: {type: Value, value: 10P}}}]`,
			v1alpha1.ReasonInvalidSpec,
			[]string{`spec.metrics[0].external.target.value: Invalid value: "10P": must be less than or equal to`},
		},
		"a cron line": {
			`windows: [{name: a, start: "0 22 * *", duration: 1h, minReplicas: 1}, {name: b, start: "0 22 * * *", duration: 1h, timeZone: Mars/Olympus, minReplicas: 1}]`,
			v1alpha1.ReasonInvalidSpec,
			[]string{`spec.windows[0].start: Invalid value: "0 22 * *"`, "has 4 fields, not five", "spec.windows[1].timeZone", "time zone database"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policy.Compile(parse(t, target+tc.spec), policy.StandardDefaults())
			if err == nil {
				t.Fatal("compiled")
			}
			if got := policy.Reason(err); got != tc.reason {
				t.Errorf("reason %s, want %s: %v", got, tc.reason, err)
			}
			for _, want := range tc.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}
