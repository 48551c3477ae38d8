package history

import (
	"encoding/binary"
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

const (
	// chunks of chunkBytes have the points; the oldest chunk is used again when all are full.
	chunks, chunkBytes = 8, 512
	// maxPointBytes bounds the encoding of one point.
	maxPointBytes = (columns + 2) * binary.MaxVarintLen64
)

// Every is the longest time between two stored points: a decision with the figures of the one before is stored only after it.
const Every = time.Minute

// Timeline has the points of an autoscaler, as many as fit into its bytes. The zero Timeline is empty.
type Timeline struct {
	// used are the chunks with points, oldest first.
	used [][]byte
	// last is the row at time, in milliseconds since 1970, in the newest chunk.
	last    row
	time    int64
	metrics []string
	// direction of the last change of the desired replicas, 1 or -1, and the times of its reversals.
	direction int32
	desired   int32
	reversals [maxReversals]int64
}

// Begin sets the names of the metrics. Other names than before start a new timeline, because the points of one have the same columns.
func (t *Timeline) Begin(metrics []string) {
	metrics = metrics[:min(MaxMetrics, len(metrics))]
	if !slices.Equal(metrics, t.metrics) {
		t.used, t.last, t.time, t.metrics = t.used[:0], row{}, 0, metrics
	}
}

// Metrics are the names of the metrics whose proposals are stored.
func (t *Timeline) Metrics() []string { return t.metrics }

// Add adds a decision.
func (t *Timeline) Add(d *engine.Decision) {
	t.reverse(d)
	t.add(rowOf(d, len(t.metrics)), d.Time)
}

// AddUndecided adds an evaluation without a decision.
func (t *Timeline) AddUndecided(moment time.Time) { t.add(row{}, moment) }

func (t *Timeline) add(r row, moment time.Time) {
	now := moment.UnixMilli()
	if len(t.used) > 0 && r == t.last && now >= t.time && now-t.time < Every.Milliseconds() {
		return
	}
	var memory [maxPointBytes]byte
	encoded := t.encode(memory[:0], &r, now)
	newest := len(t.used) - 1
	if newest < 0 || len(t.used[newest])+len(encoded) > cap(t.used[newest]) {
		t.startChunk()
		newest = len(t.used) - 1
		encoded = t.encode(memory[:0], &r, now)
	}
	t.used[newest] = append(t.used[newest], encoded...)
	t.last, t.time = r, now
}

// startChunk adds an empty chunk, or empties the oldest one. Each chunk can be read without the others.
func (t *Timeline) startChunk() {
	t.last, t.time = row{}, 0
	if len(t.used) < chunks {
		t.used = append(t.used, make([]byte, 0, chunkBytes))
		return
	}
	oldest := t.used[0]
	copy(t.used, t.used[1:])
	t.used[chunks-1] = oldest[:0]
}

// encode appends the time since the last point, the columns that differ from it as bits, and their differences.
func (t *Timeline) encode(to []byte, r *row, now int64) []byte {
	var changed uint64
	for i := range r {
		if r[i] != t.last[i] {
			changed |= 1 << i
		}
	}
	to = binary.AppendUvarint(binary.AppendVarint(to, now-t.time), changed)
	for i := range r {
		if r[i] != t.last[i] {
			to = binary.AppendVarint(to, r[i]-t.last[i])
		}
	}
	return to
}

// Points returns the points, oldest first.
func (t *Timeline) Points() []Point {
	var points []Point
	for _, chunk := range t.used {
		var r row
		var moment int64
		for len(chunk) > 0 {
			elapsed, n := binary.Varint(chunk)
			changed, m := binary.Uvarint(chunk[n:])
			chunk, moment = chunk[n+m:], moment+elapsed
			for i := range r {
				if changed&(1<<i) != 0 {
					difference, n := binary.Varint(chunk)
					chunk, r[i] = chunk[n:], r[i]+difference
				}
			}
			points = append(points, r.point(time.UnixMilli(moment).UTC(), len(t.metrics)))
		}
	}
	return points
}

const maxReversals = 4

// FlappingWithin is the time in which maxReversals reversals of the desired replicas are flapping.
const FlappingWithin = 30 * time.Minute

// reverse notes a change of the desired replicas against the direction of the last one.
func (t *Timeline) reverse(d *engine.Decision) {
	before := t.desired
	t.desired = d.Desired
	if before == 0 || before == d.Desired {
		return
	}
	direction := int32(1)
	if d.Desired < before {
		direction = -1
	}
	if t.direction == -direction {
		copy(t.reversals[:], t.reversals[1:])
		t.reversals[maxReversals-1] = d.Time.UnixMilli()
	}
	t.direction = direction
}

// Flapping reports whether the desired replicas have reversed maxReversals times within [FlappingWithin].
func (t *Timeline) Flapping(now time.Time) bool {
	return t.reversals[0] > now.Add(-FlappingWithin).UnixMilli()
}
