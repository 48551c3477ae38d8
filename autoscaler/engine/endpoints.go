package engine

// isReady reports whether the pod is ready and not terminating.
func (p *Pod) isReady() bool { return !p.Deleting && p.Phase == Running && p.Readiness == Ready }

// serves reports whether the pod is ready, and where the spec has a Service, one of its endpoints.
func (p *Pod) serves() bool { return p.isReady() && p.Endpoint != NoEndpoint }

// lacksEndpoint reports whether the pod is ready, and no endpoint of the Service.
func (p *Pod) lacksEndpoint() bool { return p.isReady() && p.Endpoint == NoEndpoint }

// drains reports whether the pod is terminating, and still serves what it has begun.
func (p *Pod) drains() bool {
	return p.Deleting && p.Phase == Running && p.Endpoint == EndpointDraining
}

// carriesLoad reports whether the pod has a part of the load. That of a draining one moves to the others.
func (p *Pod) carriesLoad() bool { return p.serves() || p.drains() }

// holdWhileDraining returns replicas, or the current count where they are fewer and more than the spec's share of the pods drains, or
// the endpoints are unknown. A scale-in adds to the pods that drain, and their load is still to come to those that stay.
func (e *evaluation) holdWhileDraining(replicas int32) int32 {
	s, c := e.spec.Serving, &e.d.Pods
	if s == nil || replicas >= e.d.Current {
		return replicas
	}
	step := Step{Kind: StepDraining, From: replicas, To: e.d.Current, Index: -1, Code: ReasonPodsDraining}
	switch {
	case e.observation.EndpointsProblem != "":
		step.Code, step.Detail = ReasonEndpointsUnknown, e.observation.EndpointsProblem
	case int64(c.Draining)*100 <= int64(s.MaxDrainingPercent)*int64(c.Serving+c.Draining):
		return replicas
	}
	e.d.AbleToScale = Verdict{Status: True, Reason: step.Code, Message: step.Detail}
	e.step(step)
	return e.d.Current
}
