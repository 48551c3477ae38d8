package damping

import "math"

// maxUtilization is the utilization, in percent, that a target with its headroom can reach. Busier pods cannot show an overload.
const maxUtilization = 92

// CapHeadroom limits the headroom of a utilization target, in percent, to maxUtilization.
func (spec *Spec) CapHeadroom(target float64) {
	spec.Headroom = min(spec.Headroom, max(1, maxUtilization/target))
}

// Replicas returns the replicas for a load, rounded up, without forecast, stock and reserve.
func (spec *Spec) Replicas(load float64) int32 { return ceil(spec.required(load)) }

// required returns the replicas for a load, at most load.
//
//	required = load/headroom + staffing·√load
//
// headroom, at least 1, is the load that a replica may carry as a factor of its target. The second term is square-root staffing
// (Halfin and Whitt, Heavy-Traffic Limits for Queues with Many Exponential Servers, 1981): the random variation of the load of n
// replicas grows with √n, so many replicas can run nearer to their capacity than few.
func (spec *Spec) required(load float64) float64 {
	if spec.Headroom <= 1 {
		return load
	}
	return min(load, load/spec.Headroom+spec.Staffing*math.Sqrt(load))
}

// ceil returns a replica count, rounded up except for a rounding error above a whole number.
func ceil(x float64) int32 {
	return int32(max(0, min(math.MaxInt32, math.Ceil(x-1e-9))))
}
