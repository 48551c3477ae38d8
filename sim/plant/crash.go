package plant

import "time"

// The kubelet restarts a failed container after a back-off that doubles with each failure.
const (
	firstBackOff = 10 * time.Second
	mostBackOff  = 5 * time.Minute
)

// backOff is the time from a failure to the next start, after a number of failures in a row.
func backOff(failures int) time.Duration {
	wait := firstBackOff
	for ; failures > 1 && wait < mostBackOff; failures-- {
		wait *= 2
	}
	return min(wait, mostBackOff)
}

// drawBroken draws whether all starts of a new pod fail.
func (p *Plant) drawBroken() bool {
	share := p.config.Pod.CrashLoops
	return share > 0 && p.dice.crashes.Float64() < share
}

// startFails draws whether the start of a pod's container fails.
func (p *Plant) startFails(pod *pod) bool {
	share := p.config.Pod.StartFails
	return pod.broken || (share > 0 && p.dice.crashes.Float64() < share)
}

// crash lets a pod wait for the next start of its container.
func (p *Plant) crash(pod *pod, instant time.Duration) {
	pod.failures++
	pod.stage, pod.next = crashed, instant+backOff(pod.failures)
}
