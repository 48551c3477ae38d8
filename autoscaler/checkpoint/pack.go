package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/autoscaler/engine"
)

// format is the version of the packed form. Format 1 had no batches, and format 2 no damping; the last parts are left out where
// they say nothing, so that a state of an earlier format is one of format 4. What damping had remembered by format 3 is passed
// over: it begins anew with what it finds. Format 5 has the history of ready pods for every autoscaler; by format 4 it was a part
// of damping. A later one must read these too.
const (
	format       = 5
	oldestFormat = 1
)

// flags of a state.
const (
	flagScaledToZero = 1 << iota
	flagDamping
	flagSamples
)

// errTorn says that a packed form ends too early.
var errTorn = errors.New("it ends in the middle of a state")

// packState appends a state to out. Instants must be whole milliseconds.
func packState(out []byte, s *engine.State) []byte {
	withDamping := !s.Damping.Time.IsZero()
	withSamples := len(s.Ready) > 0 || len(s.Samples) > 0 || !s.ScaledIn.Time.IsZero()
	flags := byte(0)
	if s.ScaledToZero {
		flags |= flagScaledToZero
	}
	if withDamping {
		flags |= flagDamping
	}
	if withSamples {
		flags |= flagSamples
	}
	out = append(out, flags)
	var at int64
	recommendations := latestOfEach(s.Recommendations)
	out = binary.AppendUvarint(out, uint64(len(recommendations)))
	for _, r := range recommendations {
		out = binary.AppendVarint(out, int64(r.Replicas))
		out, at = packTime(out, r.Time, at)
	}
	for _, events := range [][]engine.ScaleEvent{s.Ups, s.Downs} {
		out = binary.AppendUvarint(out, uint64(len(events)))
		for _, e := range events {
			out = binary.AppendVarint(out, packChange(e))
			out, at = packTime(out, e.Time, at)
		}
	}
	out = binary.AppendUvarint(out, uint64(len(s.Outages)))
	for _, o := range s.Outages {
		out = binary.LittleEndian.AppendUint64(out, o.Metric)
		out, at = packTime(out, o.Since, at)
	}
	if withSamples {
		out, at = packSamples(out, s, at)
	}
	if len(s.Batches) > 0 || s.StartUp != (engine.StartUp{}) || withDamping {
		out, at = packBatches(out, s, at)
	}
	if withDamping {
		out = packDamping(out, &s.Damping, at)
	}
	return out
}

// packChange is a change as a number, below 0 where it is outdated.
func packChange(e engine.ScaleEvent) int64 {
	if e.Outdated {
		return -int64(e.Change)
	}
	return int64(e.Change)
}

func unpackChange(packed int64) (change int32, outdated bool) {
	return int32(max(packed, -packed)), packed < 0
}

// packTime appends an instant as its difference from the one before.
func packTime(out []byte, t time.Time, before int64) ([]byte, int64) {
	at := t.UnixMilli()
	return binary.AppendVarint(out, at-before), at
}

// latestOfEach leaves out recommendations that a later one of the same count stands for in every window. The order of
// the rest stays.
func latestOfEach(all []engine.Recommendation) []engine.Recommendation {
	latest := make(map[int32]int, len(all))
	for i, r := range all {
		if j, found := latest[r.Replicas]; !found || !r.Time.Before(all[j].Time) {
			latest[r.Replicas] = i
		}
	}
	kept := make([]engine.Recommendation, 0, len(latest))
	for _, i := range slices.Sorted(maps.Values(latest)) {
		kept = append(kept, all[i])
	}
	return kept
}

// packShard is a shard's packed form: each UID and its state, in the order of the UIDs.
func packShard(states map[types.UID][]byte) []byte {
	out := []byte{format}
	for _, uid := range slices.Sorted(maps.Keys(states)) {
		out = binary.AppendUvarint(out, uint64(len(uid)))
		out = append(out, uid...)
		out = binary.AppendUvarint(out, uint64(len(states[uid])))
		out = append(out, states[uid]...)
	}
	return out
}

// unpackShard reads what packShard made.
func unpackShard(in []byte) (map[types.UID][]byte, error) {
	if len(in) == 0 || in[0] < oldestFormat || in[0] > format {
		return nil, fmt.Errorf("it is not of format %d", format)
	}
	r := reader{in: in[1:]}
	states := map[types.UID][]byte{}
	for len(r.in) > 0 && !r.torn {
		uid := types.UID(r.bytes())
		states[uid] = slices.Clone(r.bytes())
	}
	if r.torn {
		return nil, errTorn
	}
	return states, nil
}

// unpackState reads what packState made.
func unpackState(in []byte) (engine.State, error) {
	r := reader{in: in}
	var s engine.State
	flags := r.byte()
	s.ScaledToZero = flags&flagScaledToZero != 0
	for range r.count() {
		s.Recommendations = append(s.Recommendations, engine.Recommendation{Replicas: int32(r.number()), Time: r.time()})
	}
	for _, events := range []*[]engine.ScaleEvent{&s.Ups, &s.Downs} {
		for range r.count() {
			change, outdated := unpackChange(r.number())
			*events = append(*events, engine.ScaleEvent{Change: change, Time: r.time(), Outdated: outdated})
		}
	}
	for range r.count() {
		s.Outages = append(s.Outages, engine.Outage{Metric: r.hash(), Since: r.time()})
	}
	if flags&flagSamples != 0 {
		r.samples(&s)
	}
	r.batches(&s)
	if flags&flagDamping == 0 {
		r.in = nil // by format 3
	} else {
		r.damping(&s)
	}
	if r.torn || len(r.in) > 0 {
		return engine.State{}, errTorn
	}
	return s, nil
}

// reader takes numbers off the front of in. Once something is missing it is torn, and gives zeros.
type reader struct {
	in   []byte
	at   int64
	torn bool
}

func (r *reader) take(n int) []byte {
	if r.torn || n < 0 || n > len(r.in) {
		r.torn = true
		return nil
	}
	taken := r.in[:n]
	r.in = r.in[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) hash() uint64 {
	if b := r.take(8); len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *reader) number() int64 {
	n, size := binary.Varint(r.in)
	if size <= 0 {
		r.torn = true
		return 0
	}
	r.take(size)
	return n
}

// count is a number of things to come, each of which takes a byte at least.
func (r *reader) count() int {
	n, size := binary.Uvarint(r.in)
	if size <= 0 || n > uint64(len(r.in)) {
		r.torn = true
		return 0
	}
	r.take(size)
	return int(n)
}

func (r *reader) bytes() []byte { return r.take(r.count()) }

func (r *reader) time() time.Time {
	r.at += r.number()
	return time.UnixMilli(r.at).UTC()
}
