package policy_test

import (
	"math"
	"math/rand/v2"
	"regexp"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/invariant"
	"flyball.dev/flyball/autoscaler/policy"
)

// hugeExponent is what Quantity takes minutes to read, which nothing behind the decoder can help.
var hugeExponent = regexp.MustCompile(`[eE][+-]?[0-9]{4}`)

// FuzzSpec compiles what people type. Nothing panics, and what compiles decides, whatever is seen, without a panic and
// within the bounds in force.
func FuzzSpec(f *testing.F) {
	for i, spec := range []string{
		"",
		"minReplicas: 0\nmetrics: [{type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: 30}}}]",
		"metrics: [{type: Object, object: {describedObject: {kind: Ingress, name: main}, metric: {name: rps, selector: {matchLabels: {a: b}}}, target: {type: Value, value: 2k}}}]",
		"metrics: [{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 100m}}}, {type: ContainerResource, containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 60}}}]",
		"behavior: {scaleDown: {policies: [{type: Pods, value: 1, periodSeconds: 60}], tolerance: 0.05}, scaleUp: {stabilizationWindowSeconds: 30, selectPolicy: Min}}",
		"behavior: {scaleDown: {selectPolicy: Disabled}, scaleUp: {policies: [{type: Percent, value: 2147483647, periodSeconds: 1800}]}}",
		"metrics: [{type: Prometheus, prometheus: {query: sum(up), target: {type: AverageValue, averageValue: 100}, activationValue: \"1\", maxAge: 1m}}]\nstartup: {cpuInitializationPeriod: 1m}\nfallback: {after: 3m, replicas: 5, behavior: CurrentReplicasIfHigher}",
		"windows:\n- {name: floor, start: \"* * * * *\", duration: 8h, timeZone: Europe/Berlin, minReplicas: 50, priority: 3}\n- {name: exact, start: \"*/2 * 1-9 * mon\", duration: 30m, replicas: 7}",
		"windows:\n- {name: ramped, start: \"*/7 * * * *\", end: \"3-59/9 * * * *\", replicas: 9, lead: 4m, ramp: 2m, except: [\"2026-03-03/2026-03-05\"]}\n- {name: once, at: {from: \"2026-03-02T11:59\", to: \"2026-03-02T12:02:30\"}, maxReplicas: 2, ramp: 1m}",
		"windows: [{name: past, start: \"0 22 * * *\", end: \"0 6 * * *\", minReplicas: 1}]\ndamping: {}",
	} {
		f.Add(target+spec, uint64(i))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		if hugeExponent.MatchString(text) {
			t.Skip()
		}
		ha := &v1alpha1.HorizontalAutoscaler{}
		if err := yaml.UnmarshalStrict([]byte(text), &ha.Spec); err != nil {
			return
		}
		defaulted := ha.DeepCopy()
		defaulted.SetDefaults()
		invalid := defaulted.Validate()
		p, err := policy.Compile(ha, policy.StandardDefaults())
		if err != nil {
			if err.Error() == "" || policy.Reason(err) == "" {
				t.Fatalf("refused without a word: %#v", err)
			}
			return
		}
		if len(invalid) > 0 {
			t.Fatalf("compiled what is not valid: %v", invalid)
		}
		decideOften(t, &p.Spec, rand.New(rand.NewPCG(seed, 1)))
	})
}

// decideOften plays a spec against a made-up world.
func decideOften(t *testing.T, spec *engine.Spec, random *rand.Rand) {
	t.Helper()
	for i := range spec.Metrics {
		if spec.Metrics[i].Target <= 0 {
			t.Fatalf("metric %d has a target of %d", i, spec.Metrics[i].Target)
		}
	}
	var state engine.State
	var checker invariant.Checker
	replicas, now := random.Int32N(30), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for range 5 {
		now = now.Add(time.Duration(1+random.IntN(90)) * time.Second)
		var d engine.Decision
		seen := madeUp(spec, replicas, now, random)
		d, state = engine.Decide(spec, state, seen, now)
		if err := checker.Check(spec, seen, &d); err != nil {
			t.Fatal(err)
		}
		if d.Desired != d.Current {
			state = engine.RecordScale(state, &d, now)
			checker.RecordScale(&d, now)
			replicas = d.Desired
		}
	}
}

// madeUp is an observation of a few pods, with absurd values among the others.
func madeUp(spec *engine.Spec, replicas int32, now time.Time, random *rand.Rand) *engine.Observation {
	ago := func() time.Time { return now.Add(-time.Duration(random.IntN(600)) * time.Second) }
	value := func() int64 {
		return [...]int64{random.Int64N(400_000), random.Int64N(400_000), -1, 0, math.MaxInt64, math.MinInt64}[random.IntN(6)]
	}
	seen := &engine.Observation{SpecReplicas: replicas, StatusReplicas: random.Int32N(30)}
	for range random.IntN(6) {
		seen.Pods = append(seen.Pods, engine.Pod{
			Phase: engine.Phase(1 + random.IntN(4)), Readiness: engine.Readiness(random.IntN(4)),
			ReadySince: ago(), Started: ago(), Deleting: random.IntN(8) == 0,
		})
	}
	for range spec.Metrics {
		r := engine.Reading{Value: value(), Time: ago()}
		for range seen.Pods {
			r.Pods = append(r.Pods, engine.Sample{Known: random.IntN(6) > 0, Value: value(), Time: ago(), Window: time.Minute})
			r.Requests = append(r.Requests, random.Int64N(4000))
		}
		if random.IntN(6) == 0 {
			r.Problem = "made up"
		}
		seen.Readings = append(seen.Readings, r)
	}
	return seen
}
