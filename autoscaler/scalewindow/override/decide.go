package override

import (
	"maps"
	"slices"
	"time"
)

// Decision is what an object should have, and why.
type Decision struct {
	// Values of the fields to be.
	Values Values
	// Record to be beside them; nil where nothing is borrowed.
	Record *Record
	// Changes that people are told of: none for what goes on as it was, and none for the steps of a ramp.
	Changes []Change
	// Next is when the windows could want something else; the zero time for never.
	Next time.Time
}

// Decide gives what an object that has these values and this record should have at now, given the windows that hold for it.
// has must have the fields of the kind.
func Decide(kind Kind, has Values, record *Record, windows []Window, now time.Time) Decision {
	d := decider{has: has, record: record, edge: intervalAt(windows, now), own: maps.Clone(has), edited: map[Field]bool{}}
	d.findOriginals()
	d.Values = d.fitting()
	w := kind.windowValues(d.Values, windows, now)
	d.Next = w.next
	d.set(&w)
	d.fit()
	d.tell(&w)
	return d.Decision
}

type decider struct {
	Decision
	has    Values
	record *Record
	edge   string
	// own are the owner's values.
	own    Values
	edited map[Field]bool
}

// recorded returns a field in the record that was read, if it is borrowed.
func (d *decider) recorded(field Field) (FieldRecord, bool) {
	if d.record == nil {
		return FieldRecord{}, false
	}
	l, is := d.record.Fields[field]
	return l, is
}

// findOriginals finds the owner's values: what the field has, unless that is what it was given, or still what it had before.
func (d *decider) findOriginals() {
	for field, value := range d.has {
		l, overridden := d.recorded(field)
		switch {
		case !overridden:
		case value == l.Set, l.From != nil && value == *l.From:
			d.own[field] = l.Original
		default:
			d.edited[field] = true
		}
	}
}

// newer says whether the value that a field has is the owner's, and so newer than what would be given back of the other.
func (d *decider) newer(field Field) bool {
	_, overridden := d.recorded(field)
	return !overridden || d.edited[field]
}

// fitting are the owner's values for windows to start from. The owner may have moved one bound past the original of the other
// since that was borrowed: the newer one counts.
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

// set gives each field its value, and makes the record of those that are borrowed.
func (d *decider) set(w *windowValues) {
	for field, wish := range w.values {
		if d.Record == nil {
			d.Record = &Record{By: w.by, Edge: d.edge, Fields: map[Field]FieldRecord{}}
		}
		l := FieldRecord{Original: d.own[field], Set: wish}
		if d.keepsEdit(field) {
			l.Set, l.Edited = d.has[field], true
		}
		d.Values[field], d.Record.Fields[field] = l.Set, l
	}
	d.settleOriginals()
}

// settleOriginals keeps originals from crossing once both bounds are borrowed: later nobody could tell which is newer.
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

// keepsEdit reports whether a field is left alone: its owner has edited it since the last edge. While no window is open, in a ramp
// after it or a lead before it, there is no edge to take it back at: a ramp would start with what the owner has undone.
//
// When an edit was made is not known. One that is found only after an edge, because nobody looked at its time, is taken for
// older than the edge.
func (d *decider) keepsEdit(field Field) bool {
	before, _ := d.recorded(field)
	if !d.edited[field] && !before.Edited {
		return false
	}
	return d.edge == "" || d.edge == d.record.Edge
}

// fit keeps the floor at or below the ceiling, which the API server insists on. Of the two gives way what is ours to
// choose: the other is the owner's will, and the newer one, since what we gave fitted the older. Where both are ours the
// floor holds, as among windows.
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

// ours says whether the value that a field will have is not the one that its owner just gave it: a window's, or one given back.
func (d *decider) ours(field Field) bool {
	if d.Record != nil {
		if l, overridden := d.Record.Fields[field]; overridden {
			return !l.Edited
		}
	}
	return !d.newer(field)
}

func (d *decider) put(field Field, value int32) {
	d.Values[field] = value
	if d.Record == nil {
		return
	}
	if l, overridden := d.Record.Fields[field]; overridden {
		l.Set = value
		d.Record.Fields[field] = l
	}
}

// tell notes what is new.
func (d *decider) tell(w *windowValues) {
	for _, field := range slices.Sorted(maps.Keys(d.has)) {
		before, wasOverridden := d.recorded(field)
		var after FieldRecord
		overridden := false
		if d.Record != nil {
			after, overridden = d.Record.Fields[field]
		}
		c := Change{Field: field, From: d.has[field], To: d.Values[field], By: w.by}
		switch {
		case after.Edited && d.edited[field]:
			c.Type, c.From = EditedByOwner, before.Set
		case overridden && c.From != c.To && !d.goesOn(w):
			c.Type = Set
		case !overridden && wasOverridden && c.From != c.To:
			c.Type, c.By = Restored, d.record.By
		default:
			continue
		}
		d.Changes = append(d.Changes, c)
	}
}

// goesOn says whether the windows in force are those of the record.
func (d *decider) goesOn(w *windowValues) bool {
	return d.record != nil && d.record.Edge == d.edge && slices.Equal(d.record.By, w.by)
}
