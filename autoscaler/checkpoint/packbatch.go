package checkpoint

import (
	"encoding/binary"
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// packBatches appends what is remembered of batches and starts.
func packBatches(out []byte, s *engine.State, at int64) ([]byte, int64) {
	out = packFloat(out, s.StartUp.Seconds)
	out = binary.AppendVarint(out, int64(s.StartUp.Pods))
	out, at = packTime(out, s.StartUp.Until, at)
	out = binary.AppendUvarint(out, uint64(len(s.Batches)))
	for i := range s.Batches {
		b := &s.Batches[i]
		out = binary.LittleEndian.AppendUint64(out, b.Window)
		for _, t := range times(b) {
			out, at = packTime(out, *t, at)
		}
		for _, x := range numbers(b) {
			out = packFloat(out, *x)
		}
		out = binary.AppendVarint(out, int64(b.Rate.Block))
		for _, n := range counts(b) {
			out = binary.AppendVarint(out, int64(*n))
		}
		flags := byte(0)
		for bit, flag := range marks(b) {
			if *flag {
				flags |= 1 << bit
			}
		}
		out = append(out, flags)
	}
	return out, at
}

// batches reads what packBatches made. A state without that part has none.
func (r *reader) batches(s *engine.State) {
	if r.torn || len(r.in) == 0 {
		return
	}
	s.StartUp = engine.StartUp{Seconds: r.float(), Pods: int32(r.number()), Until: r.maybe()}
	for range r.count() {
		b := engine.BatchState{Window: r.hash()}
		for _, t := range times(&b) {
			*t = r.maybe()
		}
		for _, x := range numbers(&b) {
			*x = r.float()
		}
		b.Rate.Block = time.Duration(r.number())
		for _, n := range counts(&b) {
			*n = int32(r.number())
		}
		flags := r.byte()
		for bit, flag := range marks(&b) {
			*flag = flags&(1<<bit) != 0
		}
		s.Batches = append(s.Batches, b)
	}
}

// The fields of a batch, in the order in which they are packed.

func times(b *engine.BatchState) []*time.Time {
	return []*time.Time{&b.Start, &b.Deadline, &b.At, &b.Watched, &b.Steady, &b.Aim, &b.FewerSince, &b.DrainedSince}
}

func numbers(b *engine.BatchState) []*float64 {
	rate := &b.Rate
	return []*float64{
		&rate.Guess, &rate.Faith, &rate.Work, &rate.Seconds, &rate.Squares, &rate.Blocks, &rate.BlockWork, &rate.BlockSeconds,
		&b.Backlog, &b.Arrivals, &b.Left,
	}
}

func counts(b *engine.BatchState) []*int32 {
	return []*int32{&b.Ready, &b.Planned, &b.Fewer, &b.Rate.Most}
}

func marks(b *engine.BatchState) []*bool { return []*bool{&b.AtRisk, &b.Missed} }

func packFloat(out []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(out, math.Float64bits(x))
}

// float is a finite number. What is none was not packed here.
func (r *reader) float() float64 {
	x := math.Float64frombits(r.hash())
	if math.IsNaN(x) || math.IsInf(x, 0) {
		r.torn = true
		return 0
	}
	return x
}

// maybe is an instant that may be none: the zero time is packed as any other.
func (r *reader) maybe() time.Time {
	t := r.time()
	if t.UnixMilli() == (time.Time{}).UnixMilli() {
		return time.Time{}
	}
	return t
}
