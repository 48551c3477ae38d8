package override_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/scalewindow/override"
	"flyball.dev/flyball/autoscaler/schedule"
)

var lives = flag.Int("lives", 300, "how many random lives of an object to hold against the twin")

// history is a random life of one object: windows, edits by its owner, and a process that looks at it, dies and comes back.
type history struct {
	*rand.Rand
	t       testing.TB
	kind    override.Kind
	windows []override.Window
	now     time.Time
	object  object
	// version counts the writes to the object: who writes to another one than was read is refused.
	version int
	// owner has, for each field, the value that its owner wrote last. The twin of the rule: that is what it must have in the end.
	owner override.Values
	alive bool
	// atOnce says that values and record are written at once.
	atOnce bool
	// held are the fields that were edited while overridden, newest the one that was edited last, open what was open before.
	held   map[override.Field]bool
	newest override.Field
	open   string
	died   bool
	log    []string
}

func (h *history) chance(percent int) bool { return h.IntN(100) < percent }

func (h *history) note(format string, a ...any) {
	h.log = append(h.log, fmt.Sprintf("%s ", h.now.Format("15:04"))+fmt.Sprintf(format, a...)+
		fmt.Sprintf(" → %v %s", h.object.values, text(h.object.record)))
}

// newHistory has windows that open a few times within half a day.
func newHistory(t testing.TB, seed uint64) *history {
	h := &history{Rand: rand.New(rand.NewPCG(seed, 1)), t: t, now: noon, alive: true, held: map[override.Field]bool{}}
	h.kind = override.Kind(h.IntN(3))
	h.atOnce = h.kind != override.Count || h.chance(30)
	for i := range 1 + h.IntN(3) {
		h.windows = append(h.windows, h.window(i))
	}
	switch h.kind {
	case override.Bounds:
		least := int32(h.IntN(8))
		h.owner = bounds(least, max(1, least+int32(h.IntN(8))))
	case override.Count:
		h.owner = override.Values{override.Replicas: int32(h.IntN(15))}
	default:
		h.owner = override.Values{override.Suspend: int32(h.IntN(2))}
	}
	h.object.values = maps.Clone(h.owner)
	return h
}

func (h *history) window(i int) override.Window {
	from := noon.Add(time.Duration(h.IntN(150)) * time.Minute)
	timing := schedule.Timing{
		From: from.Format("2006-01-02T15:04"), To: from.Add(time.Duration(5+h.IntN(25)) * time.Minute).Format("2006-01-02T15:04"),
	}
	if h.chance(60) {
		timing = schedule.Timing{Start: fmt.Sprintf("%d * * * *", h.IntN(60)), Duration: time.Duration(5+h.IntN(40)) * time.Minute, NotAfter: "2026-11-25"}
	}
	if h.chance(30) {
		timing.Lead = time.Duration(h.IntN(8)) * time.Minute
	}
	if h.chance(30) {
		timing.Ramp = time.Duration(h.IntN(8)) * time.Minute
	}
	compiled, err := schedule.Compile(fmt.Sprintf("w%d", i), timing)
	if err != nil {
		h.t.Fatal(err)
	}
	w := override.Window{Window: compiled, Generation: 1}
	w.Priority = int32(h.IntN(2))
	if w.HasMin = h.chance(60); w.HasMin {
		w.Min = int32(h.IntN(12))
	}
	if w.HasMax = !w.HasMin || h.chance(40); w.HasMax {
		w.Max = w.Min + int32(h.IntN(6))
	}
	return w
}

// look has the process look at the object, one write after the other. It may die before any, and the owner may be quicker.
func (h *history) look(deadly bool) {
	for range 20 {
		read, current, record := h.version, maps.Clone(h.object.values), h.object.record
		d := override.Decide(h.kind, current, record, h.windows, h.now)
		w, needed := d.Write(current, record, h.atOnce)
		if !needed {
			return
		}
		if deadly && h.chance(5) {
			h.die("before a write")
			return
		}
		if h.chance(5) {
			h.edit()
		}
		if read != h.version {
			continue // a conflict: it reads again
		}
		h.object.apply(h.t, w)
		h.settle()
		h.version++
		h.note("writes")
		if deadly && h.chance(5) {
			h.die("after a write")
			return
		}
	}
	h.fail("writes remain after all attempts")
}

func (h *history) die(when string) {
	h.alive, h.died = false, true
	h.note("dies %s", when)
}

// edit is an edit of the owner: a different value that the API server accepts.
func (h *history) edit() {
	fields := slices.Sorted(maps.Keys(h.object.values))
	field := fields[h.IntN(len(fields))]
	edited := maps.Clone(h.object.values)
	edited[field] = int32(h.IntN(20))
	if field == override.Suspend {
		edited[field] %= 2
	}
	switch l, overridden := overriddenField(h.object.record, field); {
	case overridden && l.Set == edited[field]: // an edit and its undoing, before anybody looked
		return
	case l.From != nil && *l.From == edited[field]: // Decision.Write says that this does not distinguish this from the earlier value
		return
	}
	if edited[field] == h.object.values[field] || edited[override.MinReplicas] > edited[override.MaxReplicas] || field == override.MaxReplicas && edited[field] == 0 {
		return
	}
	_, h.held[field] = overriddenField(h.object.record, field)
	h.object.values = edited
	h.version++
	h.owner[field], h.newest = edited[field], field
	h.note("the owner edits %s", field)
}

func overriddenField(r *override.Record, field override.Field) (override.FieldRecord, bool) {
	if r == nil {
		return override.FieldRecord{}, false
	}
	l, overridden := r.Fields[field]
	return l, overridden
}

// wanted returns the owner's values without overrides: of two bounds that cross, the newer moves the other.
func (h *history) wanted() override.Values {
	w := maps.Clone(h.owner)
	if len(w) == 2 && w[override.MinReplicas] > w[override.MaxReplicas] {
		w[override.MinReplicas], w[override.MaxReplicas] = w[h.newest], w[h.newest]
	}
	return w
}

// settle resolves original bounds that cross while both are overridden: the newer wins from then on.
func (h *history) settle() {
	_, least := overriddenField(h.object.record, override.MinReplicas)
	if _, most := overriddenField(h.object.record, override.MaxReplicas); least && most {
		h.owner = h.wanted()
	}
}

// check compares with the twin, a model that follows the owner's edits and has no records.
func (h *history) check() {
	want := h.wanted()
	for field, value := range h.object.values {
		if _, overridden := overriddenField(h.object.record, field); overridden {
			continue
		}
		if value != want[field] {
			h.fail("%s is not overridden: got %d, want %d", field, value, want[field])
		}
		h.owner[field], h.held[field] = value, false
	}
	h.checkBounds()
}

// checkBounds holds bounds against the rule: the windows' ones, but for fields edited since an edge. Whoever dies may miss
// when an edit was made, so lives without death alone are held against it.
func (h *history) checkBounds() {
	if h.kind != override.Bounds || h.died {
		return
	}
	open := ""
	for i := range h.windows {
		if o, isOpen := h.windows[i].Open(h.now); isOpen {
			open += fmt.Sprint(i, o.End)
		}
	}
	if open != h.open && open != "" {
		h.held = map[override.Field]bool{}
	}
	h.open = open
	own := h.wanted()
	all := make([]schedule.Window, len(h.windows))
	for i := range h.windows {
		all[i] = h.windows[i].Window
	}
	in, _ := schedule.Merge(all, schedule.Bounds{Min: own[override.MinReplicas], Max: own[override.MaxReplicas]}, h.now, nil)
	want := bounds(in.Min, max(1, in.Max))
	for field, held := range h.held {
		if held {
			want[field] = h.owner[field]
		}
	}
	if want[override.MinReplicas] <= want[override.MaxReplicas] && !maps.Equal(h.object.values, want) {
		h.fail("the bounds are %v, want %v (held: %v)", h.object.values, want, h.held)
	}
}

// live goes through fourteen hours, in the last of which no window is open.
func (h *history) live(deadly bool) {
	for h.now.Before(noon.Add(14 * time.Hour)) {
		h.now = h.now.Add(time.Duration(1+h.IntN(4)) * time.Minute)
		if h.chance(4) && h.now.Before(noon.Add(11*time.Hour)) {
			h.edit()
		}
		if !h.alive && h.chance(20) {
			h.alive = true
		}
		if h.alive {
			h.look(deadly)
		}
		if h.alive {
			h.check()
		}
	}
	h.alive = true
	h.look(false)
	h.check()
	if h.object.record != nil {
		h.fail("all windows have ended, and the record still exists")
	}
}

func TestRandomHistoriesEndWithOwnersValues(t *testing.T) {
	for seed := range uint64(*lives) {
		newHistory(t, seed).live(true)
		newHistory(t, seed).live(false)
	}
}

func FuzzHistories(f *testing.F) {
	f.Add(uint64(1), true)
	f.Fuzz(func(t *testing.T, seed uint64, deadly bool) { newHistory(t, seed).live(deadly) })
}

// TestGitOpsControllerSeesOneWritePerEdge has a second controller that puts its own values back whenever they are not there: one write of each
// opening is all that it meets.
func TestGitOpsControllerSeesOneWritePerEdge(t *testing.T) {
	for kind, own := range map[override.Kind]override.Values{
		override.Bounds: bounds(2, 20), override.Count: {override.Replicas: 4}, override.Suspension: {override.Suspend: 0},
	} {
		w := hour(t, floor(30), ceiling(40))
		if kind == override.Suspension {
			w = hour(t, ceiling(0))
		}
		o, writes := &object{values: maps.Clone(own)}, 0
		for minute := range 180 {
			o.look(t, kind, []override.Window{w}, noon.Add(time.Duration(minute)*time.Minute))
			if !maps.Equal(o.values, own) {
				writes++
				o.values = maps.Clone(own)
			}
		}
		if writes != 3 {
			t.Errorf("kind %d: in three openings %d writes were undone", kind, writes)
		}
	}
}

func (h *history) fail(format string, a ...any) {
	h.t.Helper()
	for _, w := range h.windows {
		h.t.Logf("window %+v", w)
	}
	for _, line := range h.log {
		h.t.Log(line)
	}
	h.t.Fatalf(format, a...)
}
