package override

import "maps"

// Write is the next write to an object. It must be refused if the object has changed since it was read; whoever is refused
// reads again and decides again.
type Write struct {
	// Values to write; nil to leave them.
	Values Values
	// Record to write, nil to remove it, where Records says that it is written.
	Record  *Record
	Records bool
}

// Write is the write that brings an object with these values and this record closer to the decision; false where it is there.
//
// Where values and record can be written at once, it is one write. Elsewhere the record goes first, with the values that are
// about to be replaced, and the values after it; a last write takes the note out. A process that dies between two of them
// leaves what the next decision understands: the field has its old value, which the note tells, or the new one. Only where it
// dies before the last write, and the owner then puts the old value back, is that taken for the old value, once.
func (d *Decision) Write(has Values, record *Record, atOnce bool) (Write, bool) {
	if maps.Equal(has, d.Values) {
		return Write{Record: d.Record, Records: true}, !record.Equal(d.Record)
	}
	if atOnce {
		return Write{Values: d.Values, Record: d.Record, Records: !record.Equal(d.Record)}, true
	}
	announced := d.announcement(has, record)
	if record.Equal(announced) {
		return Write{Values: d.Values}, true
	}
	return Write{Record: announced, Records: true}, true
}

// announcement is the record with a note of the values that are about to be replaced.
func (d *Decision) announcement(has Values, record *Record) *Record {
	announced := &Record{Fields: map[Field]FieldRecord{}}
	switch {
	case d.Record != nil:
		announced.By, announced.Edge = d.Record.By, d.Record.Edge
		maps.Copy(announced.Fields, d.Record.Fields)
	case record != nil:
		announced.By, announced.Edge = record.By, record.Edge
	}
	for field, value := range d.Values {
		if has[field] == value {
			continue
		}
		l, overridden := announced.Fields[field]
		if !overridden { // it is given back
			l = FieldRecord{Original: value, Set: value}
		}
		l.From = new(has[field])
		announced.Fields[field] = l
	}
	return announced
}
