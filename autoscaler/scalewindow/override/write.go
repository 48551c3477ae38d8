package override

import "maps"

// Write is the next write to an object. The API server must reject it if the object has changed since it was read. After a
// rejection, the caller reads and decides again.
type Write struct {
	// Values to write; nil for no change.
	Values Values
	// Record to write if Records is true; nil to remove it.
	Record  *Record
	Records bool
}

// Write returns the next write for an object with these values and this record; needed is false if it has those of the decision.
//
// If values and record can be written atomically, one write is enough. Otherwise the record is written first, with the values
// that will be replaced, then the values, then the record without these. A process that crashes between two writes leaves a
// state that the next decision recognizes: the field has the old value, which is in the record, or the new one. Only after a
// crash before the last write, an edit of the owner back to the old value is mistaken for the old value, once.
func (d *Decision) Write(current Values, record *Record, atomic bool) (w Write, needed bool) {
	if maps.Equal(current, d.Values) {
		return Write{Record: d.Record, Records: true}, !record.Equal(d.Record)
	}
	if atomic {
		return Write{Values: d.Values, Record: d.Record, Records: !record.Equal(d.Record)}, true
	}
	announced := d.announcement(current, record)
	if record.Equal(announced) {
		return Write{Values: d.Values}, true
	}
	return Write{Record: announced, Records: true}, true
}

// announcement returns the record with the values that will be replaced.
func (d *Decision) announcement(current Values, record *Record) *Record {
	announced := &Record{Fields: map[Field]FieldRecord{}}
	switch {
	case d.Record != nil:
		announced.By, announced.Edge = d.Record.By, d.Record.Edge
		maps.Copy(announced.Fields, d.Record.Fields)
	case record != nil:
		announced.By, announced.Edge = record.By, record.Edge
	}
	for field, value := range d.Values {
		if current[field] == value {
			continue
		}
		r, overridden := announced.Fields[field]
		if !overridden { // it is restored
			r = FieldRecord{Original: value, Set: value}
		}
		r.From = new(current[field])
		announced.Fields[field] = r
	}
	return announced
}
