package backtest

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/history"
)

// readings gives a policy the values that it would have read: the load of a lag ago, shared by the pods that were ready then.
type readings struct {
	history *History
	lag     time.Duration
	ready   []readyCount // the last ones, by time
	// loads are those of the metrics, and kept the readings, whose memory the next observation reuses.
	loads []*Load
	kept  []engine.Reading
}

// readyCount is a number of ready pods at a time.
type readyCount struct {
	since time.Time
	pods  int
}

// fill replaces the readings of an observation. It is the Measure of a simulation, whose metrics are the same at each call.
func (r *readings) fill(o *engine.Observation, metrics []engine.Metric, now time.Time) {
	sampled := now.Add(-r.lag)
	pods := r.readyAt(o, sampled, now)
	for i := len(r.kept); i < len(metrics); i++ {
		r.kept, r.loads = append(r.kept, engine.Reading{}), append(r.loads, r.history.load(&metrics[i]))
	}
	o.Readings = r.kept
	for i := range metrics {
		reading, m := &o.Readings[i], &metrics[i]
		*reading = engine.Reading{Pods: reading.Pods[:0], Requests: reading.Requests[:0]}
		l := r.loads[i]
		switch value, known := valueOf(l, sampled); {
		case !known:
			reading.Problem = "not recorded"
		case (l.Kind == history.Mean || byPod(m)) && pods == 0:
			reading.Problem = "no pod was ready"
		case byPod(m):
			samples(reading, m, o.Pods, value/float64(pods), sampled)
		case l.Kind == history.Mean:
			reading.Value, reading.Time = thousandths(value/float64(pods)), sampled
		default:
			reading.Value, reading.Time = thousandths(value), sampled
		}
	}
}

func valueOf(l *Load, instant time.Time) (float64, bool) {
	if l == nil {
		return 0, false
	}
	return l.At(instant)
}

func byPod(m *engine.Metric) bool {
	return m.Type == engine.Resource || m.Type == engine.ContainerResource || m.Type == engine.Pods
}

// request of each pod in thousandths, of which a utilization is a share.
const request = 1000

// samples sets the value of each pod that was ready at the time of the samples; the others have none.
func samples(reading *engine.Reading, m *engine.Metric, pods []engine.Pod, value float64, sampled time.Time) {
	if m.TargetType == engine.Utilization {
		value *= float64(request) / 1000 / 100
	}
	for i := range pods {
		sample := engine.Sample{}
		if pods[i].Readiness == engine.Ready && !pods[i].ReadySince.After(sampled) {
			sample = engine.Sample{Known: true, Value: thousandths(value), Time: sampled}
		}
		reading.Pods = append(reading.Pods, sample)
		if m.TargetType == engine.Utilization {
			reading.Requests = append(reading.Requests, request)
		}
	}
}

// readyAt is the number of ready pods at the time of a sample. It records that of now.
func (r *readings) readyAt(o *engine.Observation, sampled, now time.Time) int {
	ready := 0
	for i := range o.Pods {
		if o.Pods[i].Readiness == engine.Ready && !o.Pods[i].Deleting {
			ready++
		}
	}
	r.ready = append(r.ready, readyCount{now, ready})
	for len(r.ready) > 1 && !r.ready[1].since.After(sampled) {
		r.ready = append(r.ready[:0], r.ready[1:]...)
	}
	return r.ready[0].pods
}

func thousandths(x float64) int64 { return int64(math.Round(min(1000*x, math.MaxInt64/4))) }
