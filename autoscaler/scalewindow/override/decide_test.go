package override_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/scalewindow/override"
	"flyball.dev/flyball/autoscaler/schedule"
)

// noon is when the stories begin.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// hour is a window from quarter past to quarter to of every hour.
func hour(t testing.TB, edits ...func(w *override.Window)) override.Window {
	t.Helper()
	compiled, err := schedule.Compile("nights", schedule.Timing{Start: "15 * * * *", Duration: 30 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	w := override.Window{Window: compiled, Generation: 1}
	for _, edit := range edits {
		edit(&w)
	}
	return w
}

func floor(n int32) func(w *override.Window) {
	return func(w *override.Window) { w.Min, w.HasMin = n, true }
}

func ceiling(n int32) func(w *override.Window) {
	return func(w *override.Window) { w.Max, w.HasMax = n, true }
}

// object is one as an API server keeps it.
type object struct {
	values override.Values
	record *override.Record
}

func bounds(least, most int32) override.Values {
	return override.Values{override.MinReplicas: least, override.MaxReplicas: most}
}

// look decides and writes until no write is left, and returns the messages of the changes.
func (o *object) look(t testing.TB, kind override.Kind, windows []override.Window, now time.Time) []string {
	t.Helper()
	var messages []string
	d := override.Decide(kind, o.values, o.record, windows, now)
	for _, c := range d.Changes {
		messages = append(messages, c.String())
	}
	for range 10 {
		w, needed := d.Write(o.values, o.record, kind == override.Bounds)
		if !needed {
			return messages
		}
		o.apply(t, w)
		d = override.Decide(kind, o.values, o.record, windows, now)
	}
	t.Fatalf("writes remain after all attempts: %v, %+v", o.values, o.record)
	return nil
}

// apply applies a write like the API server: the record passes through its text.
func (o *object) apply(t testing.TB, w override.Write) {
	t.Helper()
	if w.Values != nil {
		o.values = maps.Clone(w.Values)
	}
	if o.values[override.MinReplicas] > o.values[override.MaxReplicas] && len(o.values) == 2 {
		t.Fatalf("the API server refuses %v", o.values)
	}
	switch {
	case !w.Records:
	case w.Record == nil:
		o.record = nil
	default:
		parsed, err := override.Parse(w.Record.Text())
		if err != nil {
			t.Fatalf("the record %s: %v", w.Record.Text(), err)
		}
		o.record = parsed
	}
}

// step of a story: an edit, or a look at a minute past noon, and what is there afterwards.
type step struct {
	edit   override.Values
	minute time.Duration
	want   override.Values
}

func TestStories(t *testing.T) {
	one := func(field override.Field, n int32) override.Values { return override.Values{field: n} }
	count := func(n int32) override.Values { return one(override.Replicas, n) }
	suspend := func(n int32) override.Values { return one(override.Suspend, n) }
	unedited := func(minute time.Duration, want override.Values) step { return step{minute: minute, want: want} }
	edited := func(minute time.Duration, to override.Values) step { return step{edit: to, minute: minute, want: to} }
	for name, story := range map[string]struct {
		kind    override.Kind
		windows []override.Window
		steps   []step
	}{
		"bounds are set and given back": {override.Bounds, []override.Window{hour(t, floor(10), ceiling(40))}, []step{
			edited(0, bounds(2, 20)), unedited(15, bounds(10, 40)), unedited(44, bounds(10, 40)), unedited(45, bounds(2, 20)),
		}},
		"a floor leaves the ceiling alone, and is cut by it": {override.Bounds, []override.Window{hour(t, floor(30))}, []step{
			edited(0, bounds(2, 20)), unedited(15, bounds(20, 20)),
			{bounds(20, 25), 16, bounds(25, 25)},
			unedited(45, bounds(2, 25)),
		}},
		"an edit in the window stays until the next edge, and after the last": {override.Bounds, []override.Window{hour(t, floor(10))}, []step{
			edited(0, bounds(2, 20)), unedited(15, bounds(10, 20)), edited(20, bounds(4, 20)), unedited(30, bounds(4, 20)),
			edited(31, bounds(5, 20)), unedited(45, bounds(5, 20)), unedited(75, bounds(10, 20)), unedited(105, bounds(5, 20)),
		}},
		"an edit of one bound leaves the other borrowed": {override.Bounds, []override.Window{hour(t, floor(10), ceiling(40))}, []step{
			edited(0, bounds(2, 20)), unedited(15, bounds(10, 40)), edited(20, bounds(10, 15)), unedited(45, bounds(2, 15)),
		}},
		"GitOps puts the original back": {override.Bounds, []override.Window{hour(t, floor(10), ceiling(40))}, []step{
			edited(0, bounds(2, 20)), unedited(15, bounds(10, 40)), edited(18, bounds(2, 20)), unedited(21, bounds(2, 20)),
			unedited(45, bounds(2, 20)), unedited(75, bounds(10, 40)), edited(78, bounds(2, 20)), unedited(105, bounds(2, 20)),
		}},
		"what was given back never passes an edit": {override.Bounds, []override.Window{hour(t, floor(0))}, []step{
			edited(0, bounds(5, 20)), unedited(15, bounds(0, 20)), edited(20, bounds(0, 3)), unedited(45, bounds(3, 3)),
		}},
		"an edit outside of windows is nobody's business": {override.Bounds, []override.Window{hour(t, floor(10))}, []step{
			edited(0, bounds(2, 20)), unedited(15, bounds(10, 20)), unedited(45, bounds(2, 20)), edited(50, bounds(3, 20)), unedited(75, bounds(10, 20)), unedited(105, bounds(3, 20)),
		}},
		"an edit found after an edge is older than the edge": {override.Bounds, []override.Window{hour(t, floor(10))}, []step{
			edited(0, bounds(2, 20)), unedited(15, bounds(10, 20)), {bounds(4, 20), 80, bounds(10, 20)}, unedited(105, bounds(4, 20)),
		}},
		"a count is raised to the floor": {override.Count, []override.Window{hour(t, floor(10))}, []step{
			edited(0, count(4)), unedited(15, count(10)), unedited(45, count(4)),
		}},
		"a count within the bounds stays, and so does an edit": {override.Count, []override.Window{hour(t, floor(3), ceiling(10))}, []step{
			edited(0, count(4)), unedited(15, count(4)), edited(20, count(20)), unedited(45, count(20)), unedited(75, count(10)), unedited(105, count(20)),
		}},
		"a count ramps from its own": {override.Count, []override.Window{hour(t, floor(10), ceiling(10), func(w *override.Window) { w.Ramp = 6 * time.Minute })}, []step{
			edited(0, count(4)), unedited(15, count(4)), unedited(18, count(7)), unedited(21, count(10)), unedited(48, count(7)), unedited(51, count(4)),
		}},
		"a ramp that is edited ends there": {override.Count, []override.Window{hour(t, floor(10), func(w *override.Window) { w.Ramp = 6 * time.Minute })}, []step{
			edited(0, count(4)), unedited(18, count(7)), edited(19, count(5)), unedited(21, count(5)), unedited(45, count(5)), unedited(46, count(5)), unedited(55, count(5)),
		}},
		"a lead that is edited waits for the start": {override.Count, []override.Window{hour(t, floor(10), func(w *override.Window) { w.Lead = 5 * time.Minute })}, []step{
			edited(0, count(4)), unedited(10, count(10)), edited(12, count(3)), unedited(15, count(10)), unedited(45, count(3)),
		}},
		"a ceiling of zero suspends": {override.Suspension, []override.Window{hour(t, ceiling(0))}, []step{
			edited(0, suspend(0)), unedited(15, suspend(1)), unedited(45, suspend(0)),
		}},
		"a ceiling of zero leaves suspended what is": {override.Suspension, []override.Window{hour(t, floor(0), ceiling(0))}, []step{
			edited(0, suspend(1)), unedited(15, suspend(1)), unedited(45, suspend(1)),
		}},
		"a floor lets it run": {override.Suspension, []override.Window{hour(t, floor(3), func(w *override.Window) { w.Ramp = time.Minute })}, []step{
			edited(0, suspend(1)), unedited(15, suspend(0)), unedited(45, suspend(1)),
		}},
		"somebody resumes it": {override.Suspension, []override.Window{hour(t, ceiling(0))}, []step{
			edited(0, suspend(0)), unedited(15, suspend(1)), edited(20, suspend(0)), unedited(30, suspend(0)), unedited(45, suspend(0)), unedited(75, suspend(1)),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o := &object{}
			for _, s := range story.steps {
				if s.edit != nil {
					o.values = maps.Clone(s.edit)
				}
				messages := o.look(t, story.kind, story.windows, noon.Add(s.minute*time.Minute))
				if !maps.Equal(o.values, s.want) {
					t.Fatalf("at 12:%02d: %v, want %v (record %s, messages %q)", s.minute, o.values, s.want, text(o.record), messages)
				}
			}
			if o.record != nil {
				t.Logf("the record at the end is %s", text(o.record))
			}
		})
	}
}

func text(r *override.Record) string {
	if r == nil {
		return "none"
	}
	return r.Text()
}

func TestEditedWindowOverridesEditedFieldAgain(t *testing.T) {
	o := &object{values: bounds(2, 20)}
	w := hour(t, floor(10))
	o.look(t, override.Bounds, []override.Window{w}, noon.Add(15*time.Minute))
	o.values = bounds(4, 20)
	o.look(t, override.Bounds, []override.Window{w}, noon.Add(16*time.Minute))
	w.Min, w.Generation = 12, 2
	o.look(t, override.Bounds, []override.Window{w}, noon.Add(17*time.Minute))
	if want := bounds(12, 20); !maps.Equal(o.values, want) {
		t.Errorf("after the window was edited: %v, want %v", o.values, want)
	}
	o.look(t, override.Bounds, nil, noon.Add(18*time.Minute))
	if want := bounds(4, 20); !maps.Equal(o.values, want) || o.record != nil {
		t.Errorf("after the window was deleted: %v, %s, want %v", o.values, text(o.record), want)
	}
}

func TestChangeMessages(t *testing.T) {
	o := &object{values: bounds(2, 20)}
	windows := []override.Window{hour(t, floor(10))}
	for _, s := range []struct {
		minute time.Duration
		edit   override.Values
		want   []string
	}{
		{minute: 14},
		{minute: 15, want: []string{"nights set minReplicas from 2 to 10"}},
		{minute: 16},
		{minute: 45, want: []string{"nights restored minReplicas from 10 to 2"}},
		{minute: 75, want: []string{"nights set minReplicas from 2 to 10"}},
		{minute: 76, edit: bounds(3, 20), want: []string{
			"minReplicas, set to 10 by nights, was changed to 3: windows do not change it before their next edge, and restore 3 at their end",
		}},
		{minute: 77},
		{minute: 105},
	} {
		if s.edit != nil {
			o.values = s.edit
		}
		if got := o.look(t, override.Bounds, windows, noon.Add(s.minute*time.Minute)); !slices.Equal(got, s.want) {
			t.Errorf("at minute %d: got %q, want %q", s.minute, got, s.want)
		}
	}
	suspended := override.Change{Type: override.Set, Field: override.Suspend, From: 0, To: 1, By: []string{"a", "b"}}
	if got, want := suspended.String(), "a and b set suspend from false to true"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnreadableRecords(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "the record is not valid JSON: unexpected end of JSON input",
		"{}":                            "the record has no fields",
		`{"fields":{"paused":{}}}`:      `the record has the field "paused", which windows cannot override`,
		`{"fields":{"replicas":"ten"}}`: "the record is not valid JSON: json: cannot unmarshal string into Go struct field Record.fields of type override.FieldRecord",
	} {
		if _, err := override.Parse(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"by":["ScaleWindow/nights"],"edge":"x","fields":{"minReplicas":{"original":2,"set":10}}}`)
	f.Add(`{"fields":{"replicas":{"original":4,"set":10,"from":4,"edited":true}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := override.Parse(text)
		if err != nil {
			return
		}
		again, err := override.Parse(r.Text())
		if err != nil || !again.Equal(r) {
			t.Errorf("%q becomes %q, and that %v (%v)", text, r.Text(), again, err)
		}
	})
}
