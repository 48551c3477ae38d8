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
		out, at = packTime(out, f.At, at)
	}
	for _, needs := range dampingNeeds(d) {
		out = binary.AppendUvarint(out, uint64(len(*needs)))
		for _, n := range *needs {
			out = packFloat(out, n.Replicas)
			out, at = packTime(out, n.At, at)
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
		s.Ready = append(s.Ready, engine.ReadyCount{Ready: int32(r.number()), At: r.time()})
	}
	for range r.count() {
		d.Forecasts = append(d.Forecasts, damping.Forecast{Load: r.float(), At: r.time()})
	}
	for _, needs := range dampingNeeds(d) {
		for range r.count() {
			*needs = append(*needs, damping.Need{Replicas: r.float(), At: r.time()})
		}
	}
}

// The fields of damping, in the order in which they are packed.

func dampingTimes(d *damping.State) []*time.Time {
	return []*time.Time{&d.At, &d.DoubtedSince}
}

func dampingNumbers(d *damping.State) []*float64 {
	return []*float64{&d.Trusted, &d.Level, &d.Trend, &d.Noise, &d.Missed, &d.Unforeseen, &d.Usual, &d.Peak, &d.Reversals, &d.Extreme, &d.Swings, &d.Own, &d.Plain}
}

func dampingCounts(d *damping.State) []*int32 {
	return []*int32{&d.Direction, &d.Toward, &d.PlainReplicas, &d.Last}
}

func dampingNeeds(d *damping.State) []*[]damping.Need {
	return []*[]damping.Need{&d.Needs, &d.PlainNeeds}
}
