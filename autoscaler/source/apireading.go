package source

import (
	"fmt"
	"math"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"flyball.dev/flyball/autoscaler/engine"
)

// apiSample is one item that a metrics API gave.
type apiSample struct {
	name       string
	value      resource.Quantity
	containers []v1beta1.ContainerMetrics
	time       time.Time
	window     time.Duration
}

// apiReading makes a reading of what a call gave. An empty answer is unknown, not zero.
func apiReading(r *Request, samples []apiSample) engine.Reading {
	if len(samples) == 0 {
		return unknown(fmt.Sprintf("the metrics API has no values of %s", r.Metric.Name))
	}
	switch r.Metric.Type {
	case engine.Resource, engine.ContainerResource, engine.Pods:
		return apiPods(r, samples)
	}
	var reading engine.Reading
	for i := range samples {
		value, err := milli(samples[i].value)
		if err != nil {
			return unknown(err.Error())
		}
		sum := reading.Value + value
		if (sum > reading.Value) != (value > 0) {
			return unknown("the sum of the series is beyond what a metric can hold")
		}
		reading.Value = sum
		reading.Time = oldest(reading.Time, samples[i].time)
	}
	return reading
}

func apiPods(r *Request, samples []apiSample) engine.Reading {
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
		value, err := podValue(r.Metric, sample)
		if err != nil {
			why = fmt.Sprintf(": pod %s: %v", sample.name, err)
			continue
		}
		known = true
		reading.Pods[i] = engine.Sample{Known: true, Value: value, Time: sample.time, Window: sample.window}
		reading.Time = oldest(reading.Time, sample.time)
	}
	if !known && len(r.Pods) > 0 {
		return unknown(fmt.Sprintf("none of the %d pods has a sample of %s%s", len(r.Pods), r.Metric.Name, why))
	}
	return reading
}

// podValue is one pod's value. As upstream, a pod has none while any of its containers lacks the resource.
func podValue(m *engine.Metric, sample *apiSample) (int64, error) {
	if m.Type == engine.Pods {
		return milli(sample.value)
	}
	var sum int64
	found := false
	for i := range sample.containers {
		c := &sample.containers[i]
		if m.Type == engine.ContainerResource && c.Name != m.Container {
			continue
		}
		use, ok := c.Usage[corev1.ResourceName(m.Name)]
		if !ok {
			return 0, fmt.Errorf("container %s has no sample", c.Name)
		}
		value, err := milli(use)
		if err != nil {
			return 0, err
		}
		sum += value
		found = true
	}
	if !found {
		return 0, fmt.Errorf("there is no sample of its containers")
	}
	return sum, nil
}

// milli reads a quantity in thousandths. Quantity.MilliValue wraps around beyond its range, to 0 even.
func milli(q resource.Quantity) (int64, error) {
	if math.Abs(q.AsApproximateFloat64()) >= math.MaxInt64/1000 {
		return 0, fmt.Errorf("the value %s is beyond what a metric can hold", q.String())
	}
	return q.MilliValue(), nil
}

func oldest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
