package history

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Unknown is a count that is not known.
const Unknown = -1

// Point has the figures of one decision.
type Point struct {
	Time time.Time
	// Decided is false where the autoscaler was evaluated without a decision, such as for a target that cannot be read. The other
	// figures are undefined then.
	Decided bool
	// Current are the replicas of the target, and Desired those decided. Min and Max are the bounds in force.
	Current, Desired, Min, Max int32
	// Serving, Starting, Late and Blocked are the pods by class. Late has the lost ones, too.
	Serving, Starting, Late, Blocked int32
	// Load is in replicas at their target, with three significant digits; NaN where it is unknown.
	Load float64
	// Limits has the bit 1<<kind of each [engine.StepKind] that changed the count or held it.
	Limits uint32
	// Proposals are those of the metrics, in the order of the spec, or [Unknown]. At most [MaxMetrics].
	Proposals []int32
}

// MaxMetrics is the number of metrics of an autoscaler whose proposals are stored.
const MaxMetrics = 16

// Limited reports whether a kind of step changed the count or held it.
func (p *Point) Limited(kind engine.StepKind) bool { return p.Limits&(1<<kind) != 0 }

// The columns of a point, before those of the metrics.
const (
	colDecided = iota
	colCurrent
	colDesired
	colMin
	colMax
	colServing
	colStarting
	colLate
	colBlocked
	colLoad
	colLimits
	colMetrics
	columns = colMetrics + MaxMetrics
)

// row has the columns of a point.
type row [columns]int64

// unknownLoad is the column of a load that is unknown.
const unknownLoad = -1

// rowOf returns the columns of a decision with a number of metrics. One that needed no metric has no proposals.
func rowOf(d *engine.Decision, metrics int) row {
	r := row{
		colDecided: 1, colCurrent: int64(d.Current), colDesired: int64(d.Desired), colMin: int64(d.Min), colMax: int64(d.Max),
		colServing: int64(d.Pods.Serving), colStarting: int64(d.Pods.Starting), colLate: int64(d.Pods.Late + d.Pods.Lost), colBlocked: int64(d.Pods.Blocked),
		colLoad: unknownLoad, colLimits: int64(limits(d)),
	}
	if load := loadOf(d); !math.IsNaN(load) {
		r[colLoad] = int64(math.Round(load * 1000))
	}
	for i := range metrics {
		r[colMetrics+i] = Unknown
		if i < len(d.Proposals) && (d.Proposals[i].Known || d.Proposals[i].IsFallback) {
			r[colMetrics+i] = int64(d.Proposals[i].Replicas)
		}
	}
	return r
}

// loadOf returns the load of a decision in replicas at their target: that of damping, or else the highest of the metrics.
func loadOf(d *engine.Decision) float64 {
	if d.Damped && !d.Damping.NoLoad {
		return significant(d.Damping.Load)
	}
	load := math.NaN()
	for i := range d.Proposals {
		p := &d.Proposals[i]
		if !p.Known {
			continue
		}
		replicas := float64(d.Current)
		if p.Ready > 0 {
			replicas = float64(p.Ready)
		}
		if of := p.Ratio * replicas; !(of <= load) {
			load = of
		}
	}
	return significant(load)
}

// significant rounds to three significant digits, so that noise of a load takes no memory.
func significant(x float64) float64 {
	if !(x > 0) || x > math.MaxInt32 {
		return x
	}
	unit := math.Pow(10, math.Floor(math.Log10(x))-2)
	return math.Round(x/unit) * unit
}

// limits returns the kinds of the steps after the proposals that changed the count or held it.
func limits(d *engine.Decision) uint32 {
	var kinds uint32
	for i := range d.Steps {
		s := &d.Steps[i]
		limits := s.Kind >= engine.StepHold && (s.From != s.To || s.Kind == engine.StepHold || s.Kind == engine.StepFirstStart)
		if limits || s.Kind == engine.StepDamping && d.Damping.HoldReason != 0 {
			kinds |= 1 << s.Kind
		}
	}
	return kinds
}

func (r *row) point(moment time.Time, metrics int) Point {
	p := Point{
		Time: moment, Decided: r[colDecided] != 0, Current: int32(r[colCurrent]), Desired: int32(r[colDesired]),
		Min: int32(r[colMin]), Max: int32(r[colMax]), Serving: int32(r[colServing]), Starting: int32(r[colStarting]),
		Late: int32(r[colLate]), Blocked: int32(r[colBlocked]), Load: math.NaN(), Limits: uint32(r[colLimits]), Proposals: make([]int32, metrics),
	}
	if r[colLoad] != unknownLoad {
		p.Load = float64(r[colLoad]) / 1000
	}
	for i := range p.Proposals {
		p.Proposals[i] = int32(r[colMetrics+i])
	}
	return p
}
