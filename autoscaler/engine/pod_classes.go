package engine

import (
	"cmp"
	"time"
)

// group says how a pod enters a proposal.
type podClass uint8

const (
	// ignored pods are going or gone.
	ignored podClass = iota
	// unready pods count as idle on the way up and not at all on the way down.
	unready
	// missing pods have no sample; they count against whichever direction the others point in.
	missing
	// counted pods have a sample that can be trusted.
	counted
)

func (e *evaluation) podClassOf(pod *Pod, sample *Sample, m *Metric) podClass {
	switch {
	case pod.Deleting || pod.Phase == Failed || (pod.Phase == Succeeded && e.spec.corrects(SucceededPods)):
		return ignored
	case pod.Phase == Pending:
		return unready
	case !sample.Known || e.tooOld(m, sample.Time):
		return missing
	case m.isCPU() && e.startingUp(pod, sample):
		return unready
	default:
		return counted
	}
}

// isCPU says whether the metric is one that starting pods distort: what they burn to start is not their load.
func (m *Metric) isCPU() bool {
	return (m.Type == Resource || m.Type == ContainerResource) && m.Name == "cpu"
}

// startingUp says whether a pod's CPU is that of its start. Early in its life it must be ready, and for as long as the
// sample's window; later it must have been ready once.
func (e *evaluation) startingUp(pod *Pod, sample *Sample) bool {
	switch {
	case pod.Readiness == NoReadyCondition || pod.Started.IsZero():
		return true
	case pod.Started.After(e.now.Add(-e.spec.CPUInitializationPeriod)):
		return pod.Readiness == NotReady || sample.Time.Before(pod.ReadySince.Add(sample.Window))
	default:
		return pod.Readiness == NotReady && pod.Started.Add(e.spec.InitialReadinessDelay).After(pod.ReadySince)
	}
}

// tally is the sums over a metric's pods by group.
type podTotals struct {
	ready, unready, missing, ignored int
	// stray counts the samples of pods that are not known. 0 where they are left out.
	stray int
	// usage of the counted pods, in thousandths; of an average, with the stray ones.
	usage int64
	// readyRequests, unreadyRequests and missingRequests are what the pods of the group request, in thousandths.
	readyRequests, unreadyRequests, missingRequests int64
	// missingAtLeast and unreadyAtLeast are what the pods of the group are taken to use while the others point down.
	missingAtLeast, unreadyAtLeast int64
	// partial counts the counted pods whose sample knows a part of their load only; partialLack is what they are taken to
	// use beyond it while the others point down.
	partial     int
	partialLack int64
	// gapped counts those of them, ready for the whole window, whose sample spans a gap; gapReason is that of the first.
	gapped    int
	gapReason string
	// young counts the unready pods that are ready by now, but whose CPU was not measured for long enough since.
	young                       int
	youngRequests, youngAtLeast int64
	oldest                      time.Time
	// window is the longest that a counted sample was measured over, and untimed says that one of them has no time.
	window  time.Duration
	untimed bool
}

// take sums the pods up. Utilisation is of requests; for averages, there are none.
func (e *evaluation) totalPods(m *Metric, r *Reading) podTotals {
	n := e.numbers()
	var sum podTotals
	for i := range e.observation.Pods {
		sample := &r.Pods[i]
		var request int64
		if m.TargetType == Utilization {
			request = r.Requests[i]
		}
		switch e.podClassOf(&e.observation.Pods[i], sample, m) {
		case ignored:
			sum.ignored++
		case unready:
			sum.unready++
			sum.unreadyRequests = n.add(sum.unreadyRequests, request)
			sum.unreadyAtLeast = n.add(sum.unreadyAtLeast, n.leastOf(m, request))
			if pod := &e.observation.Pods[i]; pod.Phase == Running && e.partial(pod, sample) {
				sum.young++
				sum.youngRequests = n.add(sum.youngRequests, request)
				sum.youngAtLeast = n.add(sum.youngAtLeast, n.leastOf(m, request))
			}
		case missing:
			sum.missing++
			sum.missingRequests = n.add(sum.missingRequests, request)
			sum.missingAtLeast = n.add(sum.missingAtLeast, n.leastOf(m, request))
		case counted:
			sum.ready++
			sum.usage = n.add(sum.usage, sample.Value)
			sum.readyRequests = n.add(sum.readyRequests, request)
			sum.oldest, sum.window = earlier(sum.oldest, sample.Time), max(sum.window, sample.Window)
			sum.untimed = sum.untimed || sample.Time.IsZero()
			young := e.partial(&e.observation.Pods[i], sample)
			if !young && e.isPartial(sample) {
				sum.gapped++
				sum.gapReason = cmp.Or(sum.gapReason, sample.Partial)
			}
			if young || e.isPartial(sample) {
				sum.partial++
				sum.partialLack = n.add(sum.partialLack, max(0, n.leastOf(m, request)-sample.Value))
			}
		}
	}
	e.takeStrays(m, r, &sum)
	return sum
}

// partial says whether the sample's window began before the pod was ready.
func (e *evaluation) partial(pod *Pod, sample *Sample) bool {
	return e.spec.corrects(PartialWindows) && pod.Readiness == Ready && sample.Time.Before(pod.ReadySince.Add(sample.Window))
}

// takeStrays counts samples of pods that are not known, which upstream does. They request nothing that is known, so that
// their use is in no utilisation.
func (e *evaluation) takeStrays(m *Metric, r *Reading, sum *podTotals) {
	if e.spec.corrects(StrayPods) {
		return
	}
	sum.stray = len(r.Strays)
	if m.TargetType == Utilization {
		return
	}
	for _, value := range r.Strays {
		sum.usage = e.numbers().add(sum.usage, value)
	}
}

// leastOf is what a pod without a sample is taken to use while the others would scale in: all that it requests, or the
// target where that is more.
func (n numbers) leastOf(m *Metric, request int64) int64 {
	if m.TargetType == Utilization {
		return n.scale(request, max(100, m.Target), 100)
	}
	return m.Target
}

// earlier of two instants, where the zero time is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
