package checkpoint

import (
	"encoding/binary"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// packSamples appends the history of ready pods, and what is kept of each metric's newest sample.
func packSamples(out []byte, s *engine.State, at int64) ([]byte, int64) {
	out = binary.AppendUvarint(out, uint64(len(s.Ready)))
	for _, c := range s.Ready {
		out, at = packReady(out, c, at)
	}
	out, at = packTime(out, s.Observed, at)
	if s.ScaledIn.Time.IsZero() {
		out = append(out, 0)
	} else {
		out, at = packReady(append(out, 1), s.ScaledIn, at)
	}
	out = binary.AppendUvarint(out, uint64(len(s.Samples)))
	for i := range s.Samples {
		a := &s.Samples[i]
		out = binary.LittleEndian.AppendUint64(out, a.Metric)
		for _, t := range sampleTimes(a) {
			out, at = packTime(out, *t, at)
		}
		out = binary.AppendVarint(out, int64(a.Ticks))
		out = binary.AppendVarint(out, a.Cadence.Milliseconds())
		out = binary.AppendUvarint(out, a.Digest)
	}
	return out, at
}

func packReady(out []byte, c engine.ReadyCount, at int64) ([]byte, int64) {
	return packTime(binary.AppendVarint(out, int64(c.Ready)), c.Time, at)
}

// samples reads what packSamples made.
func (r *reader) samples(s *engine.State) {
	for range r.count() {
		s.Ready = append(s.Ready, r.ready())
	}
	s.Observed = r.maybe()
	if r.byte() != 0 {
		s.ScaledIn = r.ready()
	}
	for range r.count() {
		a := engine.SampleAge{Metric: r.hash()}
		for _, t := range sampleTimes(&a) {
			*t = r.maybe()
		}
		a.Ticks = int32(r.number())
		a.Cadence = time.Duration(r.number()) * time.Millisecond
		a.Digest = r.unsigned()
		s.Samples = append(s.Samples, a)
	}
}

func (r *reader) ready() engine.ReadyCount {
	return engine.ReadyCount{Ready: int32(r.number()), Time: r.time()}
}

// unsigned is a number that is not negative.
func (r *reader) unsigned() uint64 {
	n, size := binary.Uvarint(r.in)
	if size <= 0 {
		r.torn = true
		return 0
	}
	r.take(size)
	return n
}

// sampleTimes are in the order in which they are packed.
func sampleTimes(a *engine.SampleAge) []*time.Time {
	return []*time.Time{&a.Newest, &a.Since, &a.Read}
}
