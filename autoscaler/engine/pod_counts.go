package engine

import "time"

// PodCounts are the pods of a target by what they can be expected to do. A pod is in one class, except that Superseded ones are
// also Blocked.
type PodCounts struct {
	// Serving pods are ready.
	Serving int32
	// Starting pods are not ready, and their start is within the learned start-up time and its spread. Late pods exceed it, or are
	// not ready any more.
	Starting, Late int32
	// Lost pods ran on a node that does not report any more.
	Lost int32
	// Blocked pods have an [Obstacle]. Superseded is how many of the blocked pods a scale-out does not depend on.
	Blocked, Superseded int32
	// Outside pods are ready, but no endpoint of the spec's Service.
	Outside int32
	// Ending pods are terminating or have ended. Draining are those of them that still serve.
	Ending, Draining int32
	// Uncreated are the replicas without a pod, because the controller has not created them yet or cannot.
	Uncreated int32
	// Waiting is the name of the first blocked pod, or else of the first late or lost one; empty where the target has neither.
	Waiting string
	// Obstacle is what most of the blocked pods have, without superseded ones where others exist.
	Obstacle Obstacle
}

// Existing returns the number of pods that are not ending.
func (c *PodCounts) Existing() int32 {
	return c.Serving + c.Outside + c.Starting + c.Late + c.Lost + c.Blocked
}

// countPods sets the counts of the decision, and appends their step where a pod does not serve. Without pods, and where they are
// unknown, the counts are 0.
func (e *evaluation) countPods() {
	o, c := e.observation, &e.d.Pods
	if o.PodsProblem != "" {
		return
	}
	latest := e.state.StartUp.latest(e.spec.CPUInitializationPeriod)
	obstacles, firstLate := [CrashLoop + 1]int32{}, ""
	for i := range o.Pods {
		switch pod := &o.Pods[i]; {
		case pod.Deleting || pod.Phase == Failed || pod.Phase == Succeeded:
			c.Ending++
			if pod.drains() {
				c.Draining++
			}
		case pod.serves():
			c.Serving++
		case pod.lacksEndpoint():
			c.Outside++
		case pod.isLost():
			if c.Lost++; firstLate == "" {
				firstLate = pod.Name
			}
		case pod.Obstacle != NoObstacle:
			c.addBlocked(pod, &obstacles)
		case !pod.Started.IsZero() && e.now.Sub(pod.Started) > latest:
			if c.Late++; firstLate == "" {
				firstLate = pod.Name
			}
		default:
			c.Starting++
		}
	}
	if c.Waiting == "" {
		c.Waiting = firstLate
	}
	for obstacle, count := range obstacles {
		if count > obstacles[c.Obstacle] {
			c.Obstacle = Obstacle(obstacle)
		}
	}
	if len(o.Pods) > 0 || o.Refused != "" {
		c.Uncreated = max(0, e.d.Current-c.Existing())
	}
	if c.Outside+c.Starting+c.Late+c.Lost+c.Blocked+c.Draining > 0 || o.Refused != "" && c.Uncreated > 0 {
		e.step(Step{Kind: StepPods, From: e.d.Current, To: e.d.Current, Index: -1})
	}
}

func (c *PodCounts) addBlocked(pod *Pod, obstacles *[CrashLoop + 1]int32) {
	if c.Blocked++; c.Waiting == "" {
		c.Waiting = pod.Name
	}
	weight := int32(1 << 16) // a pod that counts outweighs all that are superseded
	if pod.Superseded {
		c.Superseded++
		weight = 1
	}
	obstacles[min(pod.Obstacle, CrashLoop)] += weight
}

// leastLatest is the shortest time after which a pod is late, because kubelets report with a delay of seconds.
const leastLatest = 10 * time.Second

// fewStarts is the number of observed starts below which the estimate of their spread is not reliable.
const fewStarts = 5

// latest returns the time since its start after which a pod is late: the 90th percentile of the observed starts, and twice their
// mean deviation from it. With few observed starts it is at least the initialization period, which the spec states for this purpose.
func (s *StartUp) latest(initialization time.Duration) time.Duration {
	least := leastLatest
	if s.Pods < fewStarts {
		least = max(defaultStart, initialization)
	}
	return max(least, s.Time()+2*time.Duration(s.Spread*float64(time.Second)))
}
