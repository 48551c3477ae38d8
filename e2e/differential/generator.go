package differential

import (
	"math"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/policy"
)

// longest is how many steps a sequence has at most.
const longest = 50

// generator is a script that makes its steps up, by a seed. It looks at what the replicas have become, so that there are
// mostly as many pods as were asked for.
type generator struct {
	dice
	left   int
	plant  *plant
	gauges *gauges
	// rival is the selector of the second autoscaler while there is one.
	rival string
	// quiet is once in how many steps something is done to the autoscaler; calm says that writes and reads succeed.
	quiet int
	calm  bool
}

// generate gives the beginning of a seed's sequence, and the script of the rest.
func generate(seed uint64) (Sequence, *generator) {
	d := roll(seed)
	s := Sequence{Spec: *d.spec(), Flags: usualFlags(), Replicas: int32(d.IntN(20))}
	if d.oneIn(60) {
		s.Replicas = pick[int32](d, math.MaxInt32, 1<<30)
	}
	if seed%8 == 0 {
		s.Flags = d.flags()
	}
	return s, &generator{
		dice: d, left: longest - d.IntN(3), plant: newPlant(d), gauges: newGauges(d, roll(^seed)),
		quiet: pick(d, 12, 40, 200), calm: d.oneIn(2),
	}
}

// flags gives others than the usual ones.
func (d dice) flags() policy.Defaults {
	flags := usualFlags()
	flags.Tolerance = pick(d, 0, 0.01, 0.1, 0.25)
	flags.DownscaleStabilisation = pick(d, 0, time.Minute, 5*time.Minute, time.Hour)
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
	if g.oneIn(g.quiet) || (current == 0 && g.oneIn(8)) {
		g.disturb(&step, spec)
	}
	if current == 0 && g.oneIn(10) {
		step.Replicas = new(int32(g.upTo(12))) // somebody starts what is paused
	}
	if step.Spec != nil {
		spec = step.Spec
	}
	if step.Replicas != nil {
		current = *step.Replicas
	}
	if !g.calm {
		g.hinder(&step)
	}
	now = now.Add(step.After)
	step.Pods = g.plant.advance(current, now)
	step.StatusReplicas = g.status(&step, current)
	step.Rival = g.meet()
	for i := range specMetrics(spec) {
		step.Readings = append(step.Readings, g.gauges.read(&specMetrics(spec)[i], step.Pods, current, now))
	}
	return step, true
}

// specMetrics are the spec's metrics, or the default one.
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

// pause is mostly a sync period; now and then it meets or passes the edge of a window.
func (g *generator) pause() time.Duration {
	return time.Duration(pick(g.dice, 15, 15, 15, 15, 15, 15, 1, 5, 30, 60, 60, 300, 301, 299, 3600, g.upTo(120))) * time.Second
}

// disturb does something to the autoscaler or its target.
func (g *generator) disturb(step *Step, spec *autoscalingv2.HorizontalPodAutoscalerSpec) {
	switch g.IntN(8) {
	case 0:
		step.Restart = true
	case 1:
		step.Spec = g.spec()
	case 2, 3:
		step.Spec = g.turned(spec)
	case 4:
		step.Selector = pick(g.dice, "", "app in (web", "app=nobody", "tier=front", "app")
	case 5:
		g.rival = pick(g.dice, "app=web", "tier=front", "app=nobody", "app=other")
	default:
		step.Replicas = new(int32(pick(g.dice, 0, 0, 1, g.IntN(12), g.IntN(40))))
		if g.oneIn(40) {
			step.Replicas = pick(g.dice, new(int32(math.MaxInt32)), new(int32(1<<30)))
		}
	}
}

// turned is a spec of which one thing is another.
func (g *generator) turned(spec *autoscalingv2.HorizontalPodAutoscalerSpec) *autoscalingv2.HorizontalPodAutoscalerSpec {
	other, turned := g.spec(), spec.DeepCopy()
	switch g.IntN(5) {
	case 0:
		turned.Behavior = other.Behavior
	case 1:
		turned.Behavior = g.behavior()
	case 2:
		turned.Behavior = g.otherPeriods(turned.Behavior)
	case 3:
		turned.Metrics = other.Metrics
		turned.MinReplicas, turned.MaxReplicas = other.MinReplicas, other.MaxReplicas
	default:
		floor := int32(g.upTo(4))
		turned.MinReplicas, turned.MaxReplicas = &floor, floor+int32(g.IntN(10))
		if measuresWithoutPods(turned.Metrics) && g.oneIn(2) {
			floor = 0
		}
	}
	return turned
}

// hinder lets reads and writes fail.
func (g *generator) hinder(step *Step) {
	step.Unreadable = g.oneIn(50)
	step.Unwritable = g.oneIn(15)
	if g.oneIn(12) {
		step.Conflicts = pick(g.dice, 1, 2, 4, 5) // upstream gives up after five tries
	}
}

// status is what the target says of its pods: how many there are, or what it last saw.
func (g *generator) status(step *Step, current int32) int32 {
	return pick(g.dice, int32(len(step.Pods)), int32(len(step.Pods)), current, current, int32(g.IntN(20)))
}

// meet keeps the second autoscaler for some steps.
func (g *generator) meet() string {
	if g.oneIn(4) {
		g.rival = ""
	}
	return g.rival
}
