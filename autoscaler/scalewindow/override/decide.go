package override

import (
	"maps"
	"slices"
	"time"
)

// Decision is the desired values of an object, and the reason for them.
type Decision struct {
	// Values of all fields of the kind.
	Values Values
	// Record of the overridden fields; nil for none.
	Record *Record
	// Changes to report. A window that continues has none, and neither have the steps of a ramp.
	Changes []Change
	// Next is the time at which the windows may set other values; the zero time for never.
	Next time.Time
}

// Decide returns the decision at now for an object with these values and this record, to which these windows apply. current
// must have all fields of the kind.
func Decide(kind Kind, current Values, record *Record, windows []Window, now time.Time) Decision {
	d := decider{current: current, record: record, edge: intervalAt(windows, now), own: maps.Clone(current), edited: map[Field]bool{}}
	d.findOriginals()
	d.Values = d.fitting()
	w := kind.windowValues(d.Values, windows, now)
	d.Next = w.next
	d.set(&w)
	d.fit()
	d.listChanges(&w)
	return d.Decision
}

type decider struct {
	Decision
	current Values
	record  *Record
	edge    string
	// own has the values of the owner: the original ones, or the edited ones.
	own    Values
	edited map[Field]bool
}

// recorded returns the record of a field, if the field is overridden.
func (d *decider) recorded(field Field) (FieldRecord, bool) {
	if d.record == nil {
		return FieldRecord{}, false
	}
	r, overridden := d.record.Fields[field]
	return r, overridden
}

// findOriginals sets own and edited. A field with the value that was set, or with the value before, has not been edited.
func (d *decider) findOriginals() {
	for field, value := range d.current {
		r, overridden := d.recorded(field)
		switch {
		case !overridden:
		case value == r.Set, r.From != nil && value == *r.From:
			d.own[field] = r.Original
		default:
			d.edited[field] = true
		}
	}
}

// newer reports whether the field has the owner's value, which then is newer than an original value of the other field.
func (d *decider) newer(field Field) bool {
	_, overridden := d.recorded(field)
	return !overridden || d.edited[field]
}

// fitting returns the owner's values with minReplicas at most maxReplicas. The owner may have moved one bound past the original
// value of the other since that was overridden: the newer one wins.
func (d *decider) fitting() Values {
	least, bounded := d.own[MinReplicas]
	most := d.own[MaxReplicas]
	fitting := maps.Clone(d.own)
	if !bounded || least <= most {
		return fitting
	}
	if d.newer(MinReplicas) {
		fitting[MaxReplicas] = least
	} else {
		fitting[MinReplicas] = most
	}
	return fitting
}

// set sets each field to its value and records the overridden ones.
func (d *decider) set(w *windowValues) {
	for field, value := range w.values {
		if d.Record == nil {
			d.Record = &Record{By: w.by, Edge: d.edge, Fields: map[Field]FieldRecord{}}
		}
		r := FieldRecord{Original: d.own[field], Set: value}
		if d.keepsEdit(field) {
			r.Set, r.Edited = d.current[field], true
		}
		d.Values[field], d.Record.Fields[field] = r.Set, r
	}
	d.settleOriginals()
}

// settleOriginals keeps the original minReplicas at most the original maxReplicas once both are overridden: later decisions do
// not have the information which one is newer.
func (d *decider) settleOriginals() {
	if d.Record == nil || len(d.Record.Fields) < 2 {
		return
	}
	least, most := d.Record.Fields[MinReplicas], d.Record.Fields[MaxReplicas]
	if least.Original <= most.Original {
		return
	}
	if d.newer(MinReplicas) {
		most.Original = least.Original
	} else {
		least.Original = most.Original
	}
	d.Record.Fields[MinReplicas], d.Record.Fields[MaxReplicas] = least, most
}

// keepsEdit reports whether a field is not changed: its owner has edited it since the last edge. While no window is open, in a
// ramp or a lead, no edge ends this: a ramp would start with the value that the owner has changed.
//
// The time of an edit is unknown. An edit that is first read after an edge, because no autoscaler ran before, counts as older
// than the edge.
func (d *decider) keepsEdit(field Field) bool {
	before, _ := d.recorded(field)
	if !d.edited[field] && !before.Edited {
		return false
	}
	return d.edge == "" || d.edge == d.record.Edge
}

// fit keeps minReplicas at or below maxReplicas, as the API server requires. It changes the value that is not the owner's: the
// owner's value is the newer one, because the values that were set fitted the older one. If neither is the owner's, minReplicas
// wins, as among windows.
func (d *decider) fit() {
	least, bounded := d.Values[MinReplicas]
	most := d.Values[MaxReplicas]
	if !bounded || least <= most {
		return
	}
	if d.ours(MinReplicas) && !d.ours(MaxReplicas) {
		d.put(MinReplicas, most)
		return
	}
	d.put(MaxReplicas, least)
}

// ours reports whether the value of a field comes from a window or is restored, and is not an edit of the owner.
func (d *decider) ours(field Field) bool {
	if d.Record != nil {
		if r, overridden := d.Record.Fields[field]; overridden {
			return !r.Edited
		}
	}
	return !d.newer(field)
}

func (d *decider) put(field Field, value int32) {
	d.Values[field] = value
	if d.Record == nil {
		return
	}
	if r, overridden := d.Record.Fields[field]; overridden {
		r.Set = value
		d.Record.Fields[field] = r
	}
}

// listChanges sets Changes.
func (d *decider) listChanges(w *windowValues) {
	for _, field := range slices.Sorted(maps.Keys(d.current)) {
		before, wasOverridden := d.recorded(field)
		var after FieldRecord
		overridden := false
		if d.Record != nil {
			after, overridden = d.Record.Fields[field]
		}
		c := Change{Field: field, From: d.current[field], To: d.Values[field], By: w.by}
		switch {
		case after.Edited && d.edited[field]:
			c.Type, c.From = EditedByOwner, before.Set
		case overridden && c.From != c.To && !d.continues(w):
			c.Type = Set
		case !overridden && wasOverridden && c.From != c.To:
			c.Type, c.By = Restored, d.record.By
		default:
			continue
		}
		d.Changes = append(d.Changes, c)
	}
}

// continues reports whether the same windows applied when the record was written.
func (d *decider) continues(w *windowValues) bool {
	return d.record != nil && d.record.Edge == d.edge && slices.Equal(d.record.By, w.by)
}
