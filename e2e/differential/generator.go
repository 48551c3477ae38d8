package differential

import (
	"math"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/policy"
)

// longest is the highest number of steps of a sequence.
const longest = 50

// generator is a script of random steps. It follows the replicas of the target, so that mostly as many pods exist.
type generator struct {
	random
	left     int
	plant    *plant
	readings *readings
	// secondSelector is that of the second autoscaler; empty while none exists.
	secondSelector string
	// disturbEvery is the mean number of steps between changes of the autoscaler; reliable is true where no read or write fails.
	disturbEvery int
	reliable     bool
}

// generate returns the start of the sequence of a seed, and the script of the rest.
func generate(seed uint64) (Sequence, *generator) {
	d := newRandom(seed)
	s := Sequence{Spec: *d.spec(), Flags: usualFlags(), Replicas: int32(d.IntN(20))}
	if d.oneIn(60) {
		s.Replicas = pick[int32](d, math.MaxInt32, 1<<30)
	}
	if seed%8 == 0 {
		s.Flags = d.flags()
	}
	return s, &generator{
		random: d, left: longest - d.IntN(3), plant: newPlant(d), readings: newReadings(d, newRandom(^seed)),
		disturbEvery: pick(d, 12, 40, 200), reliable: d.oneIn(2),
	}
}

// flags returns random flags.
func (d random) flags() policy.Defaults {
	flags := usualFlags()
	flags.Tolerance = pick(d, 0, 0.01, 0.1, 0.25)
	flags.DownscaleStabilization = pick(d, 0, time.Minute, 5*time.Minute, time.Hour)
	flags.CPUInitializationPeriod = pick(d, 0, 30*time.Second, 5*time.Minute)
	flags.InitialReadinessDelay = pick(d, 0, 10*time.Second, 30*time.Second)
	return flags
}

func (g *generator) next(spec *autoscalingv2.HorizontalPodAutoscalerSpec, current int32, now time.Time) (Step, bool) {
	if g.left == 0 {
		return Step{}, false
	}
	g.left--
	step := Step{After: g.pause(), Selector: "app=web"}
	if g.oneIn(g.disturbEvery) || (current == 0 && g.oneIn(8)) {
		g.disturb(&step, spec)
	}
	if current == 0 && g.oneIn(10) {
		step.Replicas = new(int32(g.upTo(12))) // a user scales up from zero
	}
	if step.Spec != nil {
		spec = step.Spec
	}
	if step.Replicas != nil {
		current = *step.Replicas
	}
	if !g.reliable {
		g.addFailures(&step)
	}
	now = now.Add(step.After)
	step.Pods = g.plant.advance(current, now)
	step.StatusReplicas = g.status(&step, current)
	step.SecondSelector = g.second()
	for i := range specMetrics(spec) {
		step.Readings = append(step.Readings, g.readings.read(&specMetrics(spec)[i], step.Pods, current, now))
	}
	return step, true
}

// specMetrics are the metrics of the spec, or the default one.
func specMetrics(spec *autoscalingv2.HorizontalPodAutoscalerSpec) []autoscalingv2.MetricSpec {
	if len(spec.Metrics) > 0 {
		return spec.Metrics
	}
	return []autoscalingv2.MetricSpec{{
		Type: autoscalingv2.ResourceMetricSourceType,
		Resource: &autoscalingv2.ResourceMetricSource{
			Name: "cpu", Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: new(int32(80))},
		},
	}}
}

// pause is mostly a sync period, and sometimes ends at or after the edge of a stabilization window.
func (g *generator) pause() time.Duration {
	return time.Duration(pick(g.random, 15, 15, 15, 15, 15, 15, 1, 5, 30, 60, 60, 300, 301, 299, 3600, g.upTo(120))) * time.Second
}

// disturb changes the autoscaler or its target.
func (g *generator) disturb(step *Step, spec *autoscalingv2.HorizontalPodAutoscalerSpec) {
	switch g.IntN(8) {
	case 0:
		step.Restart = true
	case 1:
		step.Spec = g.spec()
	case 2, 3:
		step.Spec = g.changed(spec)
	case 4:
		step.Selector = pick(g.random, "", "app in (web", "app=none", "tier=front", "app")
	case 5:
		g.secondSelector = pick(g.random, "app=web", "tier=front", "app=none", "app=other")
	default:
		step.Replicas = new(int32(pick(g.random, 0, 0, 1, g.IntN(12), g.IntN(40))))
		if g.oneIn(40) {
			step.Replicas = pick(g.random, new(int32(math.MaxInt32)), new(int32(1<<30)))
		}
	}
}

// changed returns the spec with one part changed.
func (g *generator) changed(spec *autoscalingv2.HorizontalPodAutoscalerSpec) *autoscalingv2.HorizontalPodAutoscalerSpec {
	other, changed := g.spec(), spec.DeepCopy()
	switch g.IntN(5) {
	case 0:
		changed.Behavior = other.Behavior
	case 1:
		changed.Behavior = g.behavior()
	case 2:
		changed.Behavior = g.otherPeriods(changed.Behavior)
	case 3:
		changed.Metrics = other.Metrics
		changed.MinReplicas, changed.MaxReplicas = other.MinReplicas, other.MaxReplicas
	default:
		floor := int32(g.upTo(4))
		changed.MinReplicas, changed.MaxReplicas = &floor, floor+int32(g.IntN(10))
		if hasValueMetric(changed.Metrics) && g.oneIn(2) {
			floor = 0
		}
	}
	return changed
}

// addFailures makes reads and writes of the step fail.
func (g *generator) addFailures(step *Step) {
	step.Unreadable = g.oneIn(50)
	step.Unwritable = g.oneIn(15)
	if g.oneIn(12) {
		step.Conflicts = pick(g.random, 1, 2, 4, 5) // upstream gives up after five tries
	}
}

// status is status.replicas of the target, which may be out of date.
func (g *generator) status(step *Step, current int32) int32 {
	return pick(g.random, int32(len(step.Pods)), int32(len(step.Pods)), current, current, int32(g.IntN(20)))
}

// second keeps the second autoscaler for some steps.
func (g *generator) second() string {
	if g.oneIn(4) {
		g.secondSelector = ""
	}
	return g.secondSelector
}
