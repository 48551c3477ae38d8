package checkpoint

import (
	"encoding/binary"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// packDamping appends what damping remembers.
func packDamping(out []byte, d *damping.State, at int64) []byte {
	for _, t := range dampingTimes(d) {
		out, at = packTime(out, *t, at)
	}
	for _, x := range dampingNumbers(d) {
		out = packFloat(out, *x)
	}
	for _, n := range dampingCounts(d) {
		out = binary.AppendVarint(out, int64(*n))
	}
	out = binary.AppendUvarint(out, 0) // by format 4, the history of ready pods
	out = binary.AppendUvarint(out, uint64(len(d.Forecasts)))
	for _, f := range d.Forecasts {
		out = packFloat(out, f.Load)
		out, at = packTime(out, f.Time, at)
	}
	for _, needs := range dampingNeeds(d) {
		out = binary.AppendUvarint(out, uint64(len(*needs)))
		for _, n := range *needs {
			out = packFloat(out, n.Replicas)
			out, at = packTime(out, n.Time, at)
		}
	}
	return out
}

// damping reads what packDamping made.
func (r *reader) damping(s *engine.State) {
	d := &s.Damping
	for _, t := range dampingTimes(d) {
		*t = r.maybe()
	}
	for _, x := range dampingNumbers(d) {
		*x = r.float()
	}
	for _, n := range dampingCounts(d) {
		*n = int32(r.number())
	}
	for range r.count() {
		s.Ready = append(s.Ready, engine.ReadyCount{Ready: int32(r.number()), Time: r.time()})
	}
	for range r.count() {
		d.Forecasts = append(d.Forecasts, damping.Forecast{Load: r.float(), Time: r.time()})
	}
	for _, needs := range dampingNeeds(d) {
		for range r.count() {
			*needs = append(*needs, damping.Requirement{Replicas: r.float(), Time: r.time()})
		}
	}
}

// The fields of damping, in the order in which they are packed.

func dampingTimes(d *damping.State) []*time.Time {
	return []*time.Time{&d.Time, &d.SurgeSince}
}

func dampingNumbers(d *damping.State) []*float64 {
	return []*float64{&d.ConfirmedLoad, &d.Level, &d.Trend, &d.Noise, &d.SquaredShortfall, &d.UnforeseenShare, &d.UsualLoad, &d.LogPeakRatio, &d.Reversals, &d.LoadExtreme, &d.LoadReversals, &d.PodSeconds, &d.HPAPodSeconds}
}

func dampingCounts(d *damping.State) []*int32 {
	return []*int32{&d.Direction, &d.LoadDirection, &d.HPAReplicas, &d.Replicas}
}

func dampingNeeds(d *damping.State) []*[]damping.Requirement {
	return []*[]damping.Requirement{&d.Requirements, &d.HPARequirements}
}
