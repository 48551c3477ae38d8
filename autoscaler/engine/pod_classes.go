package engine

import (
	"cmp"
	"time"
)

// podClass is how a pod enters the proposal of a metric.
type podClass uint8

const (
	// ignored pods are terminating or have ended.
	ignored podClass = iota
	// unready pods count as idle for a scale-up, and not at all for a scale-down.
	unready
	// missing pods have no usable sample. They count against the direction of the other pods.
	missing
	// counted pods have a usable sample.
	counted
	// lost pods count in neither direction.
	lost
)

// isLost reports whether the pod's node is lost, and the pod not evicted yet.
func (p *Pod) isLost() bool {
	return p.Lost && !p.Deleting && p.Phase == Running && p.Readiness != Ready
}

// podClassOf returns the class of a pod by its state and its sample.
func (e *evaluation) podClassOf(pod *Pod, sample *Sample, m *Metric) podClass {
	switch {
	case pod.Deleting && !pod.drains() || pod.Phase == Failed || (pod.Phase == Succeeded && e.spec.corrects(SucceededPods)):
		return ignored
	case pod.isLost() && e.spec.corrects(LostPods):
		return lost
	case pod.Phase == Pending || pod.Endpoint == NoEndpoint:
		return unready
	case !sample.Known || e.tooOld(m, sample.Time) || pod.lostSince(sample) && e.spec.corrects(LostPods):
		return missing
	case m.isCPU() && e.startingUp(pod, sample):
		return unready
	default:
		return counted
	}
}

// lostSince reports whether the pod became unready after the sample, as when its node is lost. The others have its load now, and the
// kubelet of a pod that still runs reports a newer sample soon.
func (p *Pod) lostSince(sample *Sample) bool {
	return p.Phase == Running && (p.Readiness == NotReady || p.Readiness == ReadyUnknown) && !sample.Time.IsZero() && sample.Time.Before(p.ReadySince)
}

// isCPU reports whether the metric is CPU usage, which the start of a pod raises without any load.
func (m *Metric) isCPU() bool {
	return (m.Type == Resource || m.Type == ContainerResource) && m.Name == "cpu"
}

// startingUp reports whether the sample measures the start of the pod. Within CPUInitializationPeriod, the pod must have been
// ready for the whole window of the sample; after that, it must have been ready once.
func (e *evaluation) startingUp(pod *Pod, sample *Sample) bool {
	switch {
	case pod.Readiness == NoReadyCondition || pod.Started.IsZero():
		return true
	case pod.Started.After(e.initialized):
		return pod.Readiness == NotReady || sample.Time.Before(pod.ReadySince.Add(sample.Window))
	default:
		return pod.Readiness == NotReady && pod.Started.Add(e.spec.InitialReadinessDelay).After(pod.ReadySince)
	}
}

// podTotals are the sums over the pods of a metric, by class. Usage and requests are in thousandths.
type podTotals struct {
	// ready is the number of counted pods.
	ready, unready, missing, ignored int
	// outside is the number of unready pods that run without an endpoint.
	outside int
	// stray is the number of samples of unknown pods; 0 where the StrayPods correction ignores them.
	stray int
	// usage of the counted pods and, for an average, of the stray ones.
	usage int64
	// readyRequests, unreadyRequests and missingRequests are the requests of the pods of each class.
	readyRequests, unreadyRequests, missingRequests int64
	// missingUsage and unreadyUsage are the usage assumed of the pods of each class for a scale-down.
	missingUsage, unreadyUsage int64
	// incomplete is the number of counted pods whose sample covers only a part of their load, and incompleteUsage the usage that
	// is assumed of them in addition for a scale-down.
	incomplete      int
	incompleteUsage int64
	// gapped is the number of those whose sample spans a gap that no start of the pod explains. gapReason is that of the first one.
	gapped    int
	gapReason string
	// newlyReady is the number of unready pods that are ready now, but were not for the whole window of their CPU sample.
	newlyReady                          int
	newlyReadyRequests, newlyReadyUsage int64
	// oldest is the time of the oldest counted sample, window the longest window of one, and untimed whether one has no time.
	oldest  time.Time
	window  time.Duration
	untimed bool
}

// totalPods returns the sums over the pods. Requests are summed for a utilization only.
func (e *evaluation) totalPods(m *Metric, r *Reading) podTotals {
	n := e.numbers()
	var totals podTotals
	for i := range e.observation.Pods {
		pod, sample := &e.observation.Pods[i], &r.Pods[i]
		var request int64
		if m.TargetType == Utilization {
			request = r.Requests[i]
		}
		switch e.podClassOf(pod, sample, m) {
		case ignored:
			totals.ignored++
		case unready:
			totals.unready++
			totals.unreadyRequests = n.add(totals.unreadyRequests, request)
			totals.unreadyUsage = n.add(totals.unreadyUsage, n.assumedUsage(m, request))
			if pod.lacksEndpoint() {
				totals.outside++
				continue
			}
			if pod.Phase == Running && e.startsBeforeReady(pod, sample) {
				totals.newlyReady++
				totals.newlyReadyRequests = n.add(totals.newlyReadyRequests, request)
				totals.newlyReadyUsage = n.add(totals.newlyReadyUsage, n.assumedUsage(m, request))
			}
		case missing:
			totals.missing++
			totals.missingRequests = n.add(totals.missingRequests, request)
			totals.missingUsage = n.add(totals.missingUsage, n.assumedUsage(m, request))
		case counted:
			e.countPod(&totals, m, pod, sample, request)
		}
	}
	e.addStrays(m, r, &totals)
	return totals
}

// countPod adds a counted pod to the sums.
func (e *evaluation) countPod(totals *podTotals, m *Metric, pod *Pod, sample *Sample, request int64) {
	n := e.numbers()
	totals.ready++
	totals.usage = n.add(totals.usage, sample.Value)
	totals.readyRequests = n.add(totals.readyRequests, request)
	totals.oldest, totals.window = earlier(totals.oldest, sample.Time), max(totals.window, sample.Window)
	totals.untimed = totals.untimed || sample.Time.IsZero()
	startsBefore := e.startsBeforeReady(pod, sample)
	if !startsBefore && e.spansGap(sample) && !e.isNew(pod, sample) {
		totals.gapped++
		totals.gapReason = cmp.Or(totals.gapReason, sample.Partial)
	}
	if startsBefore || e.spansGap(sample) {
		totals.incomplete++
		totals.incompleteUsage = n.add(totals.incompleteUsage, max(0, n.assumedUsage(m, request)-sample.Value))
	}
}

// startsBeforeReady reports whether the sample's window began before the pod was ready.
func (e *evaluation) startsBeforeReady(pod *Pod, sample *Sample) bool {
	return e.spec.corrects(PartialWindows) && pod.Readiness == Ready && sample.Time.Before(pod.ReadySince.Add(sample.Window))
}

// isNew reports whether the start of the pod explains that no series covers the window: Prometheus discovers a pod, and scrapes it
// for the first time, some time after it is ready. That takes less than another window.
func (e *evaluation) isNew(pod *Pod, sample *Sample) bool {
	return e.spec.corrects(PartialWindows) && pod.Readiness == Ready && sample.Time.Before(pod.ReadySince.Add(2*sample.Window))
}

// addStrays adds the samples of unknown pods, as upstream does. Their requests are unknown, so a utilization leaves out their
// usage.
func (e *evaluation) addStrays(m *Metric, r *Reading, totals *podTotals) {
	if e.spec.corrects(StrayPods) {
		return
	}
	totals.stray = len(r.Strays)
	if m.TargetType == Utilization {
		return
	}
	for _, value := range r.Strays {
		totals.usage = e.numbers().add(totals.usage, value)
	}
}

// assumedUsage returns the usage that is assumed of a pod without a sample for a scale-down: its request, or the target where
// that is higher.
func (n numbers) assumedUsage(m *Metric, request int64) int64 {
	if m.TargetType == Utilization {
		return n.scale(request, max(100, m.Target), 100)
	}
	return m.Target
}

// earlier returns the earlier of two times. The zero time counts as later than any other.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
