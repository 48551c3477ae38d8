package outages

import (
	"fmt"
	"math"
	"time"

	"flyball.dev/flyball/e2e/testcluster"
)

// A pod serves each requests a second, and asks for twice the CPU that these take.
const (
	each        = 10.0
	coreSeconds = 0.005
	tolerance   = 0.1
	// headroom is that of the profile Balanced: damping lets pods be fuller than at their target by so much.
	headroom = 1.35
)

// app is an application, with one autoscaler.
type app struct {
	name          string
	load          load
	metric        string
	stabilization time.Duration
	damped        bool
}

// load is what an application is asked for, in requests a second: from, and then in a ramp to.
type load struct {
	name     string
	from, to float64
}

// after is the load at a time since the ramp began; before it, the load is from.
func (l load) after(since time.Duration, p timing) float64 {
	share := min(1, max(0, since.Seconds()/p.ramp.Seconds()))
	return l.from + (l.to-l.from)*share
}

// lowest is the least load of an interval of times since the ramp began. Ramps have their extremes at the ends.
func (l load) lowest(from, to time.Duration, p timing) float64 {
	return min(l.after(from, p), l.after(to, p))
}

// needed is the fewest replicas that a metric within its tolerance can stand for.
func needed(load float64) int32 { return int32(math.Ceil(load/each/(1+tolerance) - 1e-9)) }

var (
	shapes  = []load{{"falling", 100, 25}, {"rising", 30, 80}, {"steady", 70, 70}}
	metrics = []string{"pods", "cpu", "object-value", "object-average", "prometheus-value", "prometheus-average"}
)

// matrix is every application; a short run takes each metric with and without damping, under loads and stabilizations in turn.
func matrix() []app {
	var apps []app
	for i, metric := range metrics {
		for j, l := range shapes {
			for k, stabilization := range []time.Duration{0, 20 * time.Second, 5 * time.Minute} {
				for d, damped := range []bool{false, true} {
					// What hurts most without stabilization is a falling load, so that is always there.
					if *testcluster.Long || (j == 0 && k == 0) || (i+j+k+d)%6 == 0 {
						name := fmt.Sprintf("%s-%s-%ds-%s", metric, l.name, int(stabilization.Seconds()), map[bool]string{false: "plain", true: "damped"}[damped])
						apps = append(apps, app{name, l, metric, stabilization, damped})
					}
				}
			}
		}
	}
	return apps
}

func (a app) metricSpec(p timing) string {
	object := `{type: Object, object: {describedObject: {apiVersion: apps/v1, kind: Deployment, name: %s}, metric: {name: %s}, target: {type: %s, %s: "10"}}}`
	query := `{type: Prometheus, prometheus: {query: '%s', maxAge: %s, target: {type: %s, %s: "10"}}}`
	sum := fmt.Sprintf(`sum(rate(http_requests_total{app="%s"}[%s]))`, a.name, seconds(p.rates))
	switch a.metric {
	case "pods":
		return `{type: Pods, pods: {metric: {name: requests}, target: {type: AverageValue, averageValue: "10"}}}`
	case "cpu":
		return `{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}`
	case "object-value":
		return fmt.Sprintf(object, a.name, "requests_for_each", "Value", "value")
	case "object-average":
		return fmt.Sprintf(object, a.name, "requests_of_all", "AverageValue", "averageValue")
	case "prometheus-value":
		return fmt.Sprintf(query, fmt.Sprintf(`%s / count(http_requests_total{app="%s"})`, sum, a.name), p.maxAge, "Value", "value")
	default:
		return fmt.Sprintf(query, sum, p.maxAge, "AverageValue", "averageValue")
	}
}

func (a app) autoscaler(p timing) string {
	damping := ""
	if a.damped {
		damping = "\n  damping: {}"
	}
	return fmt.Sprintf(`
apiVersion: autoscaling.flyball.dev/v1alpha1
kind: HorizontalAutoscaler
metadata: {name: %[1]s}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}
  minReplicas: 1
  maxReplicas: 20
  metrics:
  - %[2]s
  behavior: {scaleDown: {stabilizationWindowSeconds: %[3]d}}%[4]s
`, a.name, a.metricSpec(p), int(a.stabilization.Seconds()), damping)
}

func (a app) deployment() string {
	return testcluster.Deployment(a.name, "app: "+a.name, int32(math.Ceil(a.load.from/each)), "1s", "100m")
}
