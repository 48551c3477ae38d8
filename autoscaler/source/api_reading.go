package source

import (
	"fmt"
	"math"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"flyball.dev/flyball/autoscaler/engine"
)

// apiSample is one item of a metrics API response.
type apiSample struct {
	name       string
	value      resource.Quantity
	containers []v1beta1.ContainerMetrics
	time       time.Time
	window     time.Duration
}

// apiReading converts the response of a call to a reading. An empty response is unknown, not zero.
func (c conversion) apiReading(r *Request, samples []apiSample) engine.Reading {
	if len(samples) == 0 {
		return unknown(fmt.Sprintf("the metrics API has no values for %s", r.Metric.Name))
	}
	switch r.Metric.Type {
	case engine.Resource, engine.ContainerResource, engine.Pods:
		return c.apiPods(r, samples)
	}
	var reading engine.Reading
	for i := range samples {
		value, err := c.milli(samples[i].value)
		if err != nil {
			return unknown(err.Error())
		}
		sum, fits := add(reading.Value, value)
		if !fits {
			return unknown("the sum of the series is beyond what a metric can hold")
		}
		reading.Value = sum
		reading.Time = oldest(reading.Time, samples[i].time)
	}
	return reading
}

func (c conversion) apiPods(r *Request, samples []apiSample) engine.Reading {
	byName := make(map[string]*apiSample, len(samples))
	for i := range samples {
		byName[samples[i].name] = &samples[i]
	}
	reading := engine.Reading{Pods: make([]engine.Sample, len(r.Pods))}
	known, why := false, ""
	for i := range r.Pods {
		sample := byName[r.Pods[i].Name]
		if sample == nil {
			continue
		}
		delete(byName, sample.name)
		value, err := c.podValue(r.Metric, sample)
		if err != nil {
			why = fmt.Sprintf(": pod %s: %v", sample.name, err)
			continue
		}
		known = true
		reading.Pods[i] = engine.Sample{Known: true, Value: value, Time: sample.time, Window: sample.window}
		reading.Time = oldest(reading.Time, sample.time)
	}
	for _, stray := range byName {
		if value, err := c.podValue(r.Metric, stray); err == nil {
			reading.Strays = append(reading.Strays, value)
		}
	}
	slices.Sort(reading.Strays) // their order is random
	if !known && len(r.Pods) > 0 && len(reading.Strays) == 0 {
		return unknown(fmt.Sprintf("none of the %d pods has a sample of %s%s", len(r.Pods), r.Metric.Name, why))
	}
	return reading
}

// podValue returns the value of one pod. As in the HPA controller, a pod has none while a container lacks the resource.
func (c conversion) podValue(m *engine.Metric, sample *apiSample) (int64, error) {
	if m.Type == engine.Pods {
		return c.milli(sample.value)
	}
	var sum int64
	found := false
	for i := range sample.containers {
		container := &sample.containers[i]
		if m.Type == engine.ContainerResource && container.Name != m.Container {
			continue
		}
		use, ok := container.Usage[corev1.ResourceName(m.Name)]
		if !ok {
			return 0, fmt.Errorf("container %s has no sample", container.Name)
		}
		value, err := c.milli(use)
		if err != nil {
			return 0, err
		}
		total, fits := add(sum, value)
		if !fits && !c.wraps {
			return 0, fmt.Errorf("the sum of its containers is beyond what a metric can hold")
		}
		sum, found = total, true
	}
	if !found {
		return 0, fmt.Errorf("its containers have no sample")
	}
	return sum, nil
}

// conversion converts responses of the metrics APIs to readings.
type conversion struct {
	// wraps lets large quantities overflow, as in the HPA controller.
	wraps bool
}

// milli returns a quantity in thousandths. Quantity.MilliValue overflows beyond its range, even to 0.
func (c conversion) milli(q resource.Quantity) (int64, error) {
	if !c.wraps && math.Abs(q.AsApproximateFloat64()) >= math.MaxInt64/1000 {
		return 0, fmt.Errorf("the value %s is beyond what a metric can hold", q.String())
	}
	if !c.wraps && q.Sign() < 0 { // MilliValue is wrong for negative numbers with many digits
		q = q.DeepCopy()
		q.Neg()
		return -q.MilliValue(), nil
	}
	return q.MilliValue(), nil
}

// add returns the sum, and whether it fits in 64 bits; if not, it overflows.
func add(a, b int64) (sum int64, fits bool) {
	sum = a + b
	return sum, (sum > a) == (b > 0)
}

func oldest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
