package importer

import (
	"fmt"
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// What KEDA takes where a ScaledObject says nothing.
const (
	kedaMaxReplicas     = 100
	kedaPollingInterval = 30  // seconds
	kedaCooldownPeriod  = 300 // seconds
	hpaStabilization    = 300 // seconds
)

// scaledObject is a ScaledObject on its way to a HorizontalAutoscaler and its windows.
type scaledObject struct {
	*object
	im       *importer
	spec     node
	min, max int32
	ha       v1alpha1.HorizontalAutoscalerSpec
	windows  []scheduledFloor
	// lost says that a trigger that measures load is left out, resources that one of CPU or memory is carried over, and measuredByKEDA
	// that KEDA goes on to measure one.
	lost, resources, measuredByKEDA bool
}

// scheduledFloor is the window of a cron trigger.
type scheduledFloor struct {
	source node
	name   string
	window v1alpha1.Window
}

// readScaledObject imports a ScaledObject: its bounds, behavior, fallback and pause, its prometheus, cpu and memory triggers
// as metrics, and its cron triggers as windows.
func (im *importer) readScaledObject(o *object) {
	so := &scaledObject{object: o, im: im, spec: o.field("spec")}
	so.readTarget()
	if !so.readBounds() || so.usesFormula() {
		o.leaveAll()
		return
	}
	so.readAdvanced()
	so.readTriggers()
	so.readZero()
	so.readFallback()
	so.readPause()
	so.add()
}

func (so *scaledObject) readTarget() {
	ref := so.spec.child("scaleTargetRef")
	so.ha.ScaleTargetRef = v1alpha1.CrossVersionObjectReference{
		APIVersion: ref.child("apiVersion").textOr("apps/v1"), Kind: ref.child("kind").textOr("Deployment"), Name: ref.child("name").textOr(""),
	}
	if container := ref.child("envSourceContainerName"); container.present {
		container.note("KEDA fills in triggers by the environment of that container; it does so for those that it goes on to measure, and Flyball does not for others")
	}
}

// readBounds reads the bounds. It returns false if a HorizontalAutoscaler cannot have them.
func (so *scaledObject) readBounds() bool {
	least, most := so.spec.child("minReplicaCount"), so.spec.child("maxReplicaCount")
	ok := true
	read := func(n node, otherwise int32) int32 {
		count, found := n.count()
		ok = ok && (found || !n.present || n.value == nil)
		if !found {
			return otherwise
		}
		return count
	}
	so.min, so.max = read(least, 0), read(most, kedaMaxReplicas)
	if so.ha.ScaleTargetRef.Name == "" {
		so.spec.child("scaleTargetRef").child("name").leftOut("Required value: the object scales nothing, and is not imported")
		return false
	}
	if ok && (so.min < 0 || so.max < 1 || so.min > so.max) {
		most.leftOut("must be at least 1 and at least spec.minReplicaCount (%d), which must not be negative; the object is not imported", so.min)
		return false
	}
	if !ok {
		so.leftOut("the object is not imported, because its bounds cannot be read")
		return false
	}
	if !least.present {
		so.note("spec.minReplicaCount is absent; minReplicas is KEDA's default, 0")
	}
	if !most.present {
		so.note("spec.maxReplicaCount is absent; maxReplicas is KEDA's default, %d", kedaMaxReplicas)
	}
	return true
}

// usesFormula says whether one formula replaces the triggers. KEDA then gives its HPA the formula's value in place of
// them, so that none of them means anything by itself.
func (so *scaledObject) usesFormula() bool {
	modifiers := so.spec.child("advanced").child("scalingModifiers")
	if len(modifiers.keys()) == 0 {
		return false
	}
	modifiers.leftOut("a formula over the triggers replaces them in KEDA, and Flyball has none; the object is not imported, "+
		"because none of its triggers acts by itself: write the formula as one PromQL query of a Prometheus metric, and times as windows; the name %s is free for it",
		so.ha.ScaleTargetRef.Name)
	return true
}

func (so *scaledObject) readAdvanced() {
	advanced := so.spec.child("advanced")
	if restore := advanced.child("restoreToOriginalReplicaCount"); restore.present {
		restore.note("what KEDA does when the ScaledObject is deleted; deleting a HorizontalAutoscaler leaves the replicas as they are")
	}
	config := advanced.child("horizontalPodAutoscalerConfig")
	if name := config.child("name"); name.present {
		name.note("no HorizontalPodAutoscaler is made, so nothing has this name")
	}
	decode(config.child("behavior"), &so.ha.Behavior)
	if polling := so.spec.child("pollingInterval"); polling.present {
		polling.count()
		polling.note("the autoscaler reads all metrics once in its own period, --period")
	}
}

func (so *scaledObject) readTriggers() {
	for i, t := range so.spec.child("triggers").items() {
		so.readTrigger(trigger{node: t, index: i, metadata: t.child("metadata")})
	}
}

// fallbackBehaviors are ours by KEDA's names.
var fallbackBehaviors = map[string]v1alpha1.FallbackBehavior{
	"": v1alpha1.FallbackStatic, "static": v1alpha1.FallbackStatic, "currentReplicas": v1alpha1.FallbackCurrentReplicas,
	"currentReplicasIfHigher": v1alpha1.FallbackCurrentReplicasIfHigher, "currentReplicasIfLower": v1alpha1.FallbackCurrentReplicasIfLower,
}

// readFallback carries a fallback over. KEDA counts failed polls; a HorizontalAutoscaler measures the time.
func (so *scaledObject) readFallback() {
	fallback := so.spec.child("fallback")
	if len(fallback.keys()) == 0 {
		return
	}
	interval, set := so.spec.child("pollingInterval").count()
	if !set {
		interval = kedaPollingInterval
	}
	failures, hasFailures := fallback.child("failureThreshold").count()
	replicas, hasReplicas := fallback.child("replicas").count()
	name, _ := fallback.child("behavior").text()
	behavior, known := fallbackBehaviors[name]
	seconds := int64(failures) * int64(interval)
	if !known || !hasFailures || !hasReplicas || failures < 0 || replicas < 0 || seconds < 0 || seconds > 7*24*3600 {
		fallback.leftOut("failureThreshold and replicas must be counts that are not negative, and behavior one of static, currentReplicas, currentReplicasIfHigher and currentReplicasIfLower; " +
			"without a fallback the replicas are held while a metric is unknown: write spec.fallback by hand")
		return
	}
	if !so.measuresWithoutPods() {
		fallback.note("KEDA's fallback replaces metrics of triggers other than cpu, memory and cron, of which the object has none that is imported; not carried over")
		return
	}
	after := v1alpha1.Duration(strconv.FormatInt(seconds, 10) + "s")
	so.ha.Fallback = &v1alpha1.Fallback{After: after, Replicas: replicas, Behavior: behavior}
	fallback.changed("carried over as spec.fallback: after %s, which is failureThreshold %d times a pollingInterval of %ds; "+
		"it also applies where Prometheus answers with nothing or with an old sample, and to metrics of CPU and memory", after, failures, interval)
}

// add adds the HorizontalAutoscaler, unless the load that it should follow is left out as a whole, and the windows.
func (so *scaledObject) add() {
	so.ha.MinReplicas, so.ha.MaxReplicas = &so.min, so.max
	name := so.ha.ScaleTargetRef.Name
	switch {
	case len(so.ha.Metrics) == 0 && so.lost:
		so.leftOut("no HorizontalAutoscaler is printed, because none of the triggers that measure load is imported, and without metrics it would follow CPU: "+
			"write one named %s with minReplicas %d, maxReplicas %d and its metrics", name, so.min, so.max)
	case len(so.ha.Metrics) == 0 && len(so.windows) == 0:
		so.leftOut("spec.triggers: Required value: no trigger is imported, so no metric and no window sets the replicas")
		return
	default:
		if len(so.ha.Metrics) == 0 {
			so.followWindows()
		}
		if !so.im.addAutoscaler(so.object, name, so.ha) {
			return
		}
		stop := "pause or delete"
		if so.measuredByKEDA {
			stop = "pause"
		}
		so.note("the HorizontalAutoscaler %s scales %s/%s; KEDA must not do so at the same time: %s the ScaledObject before it enforces", name, so.ha.ScaleTargetRef.Kind, name, stop)
	}
	for _, w := range so.windows {
		w.window.MinReplicas = new(max(*w.window.MinReplicas, so.min))
		so.im.addWindow(w.source, w.name, so.namespace, v1alpha1.WindowTarget{Kind: "HorizontalAutoscaler", Name: name}, w.window)
	}
}

// followWindows gives the autoscaler a metric that is always 0, so that its bounds and windows alone set the count.
func (so *scaledObject) followWindows() {
	one := quantity(1)
	so.ha.Metrics = []v1alpha1.MetricSpec{{Type: v1alpha1.PrometheusMetric, Prometheus: &v1alpha1.PrometheusMetricSource{
		Query: "vector(0)", Target: v1alpha1.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &one},
	}}}
	so.note("all triggers are cron triggers; the HorizontalAutoscaler follows the constant query vector(0), so that minReplicas and the windows alone set the count, " +
		"and would follow CPU without it")
}

func (so *scaledObject) windowName(name string) string { return fmt.Sprintf("%s-%s", so.name, name) }
