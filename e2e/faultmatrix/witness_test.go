package faultmatrix

import (
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/audit"
)

// TestTheWitnessFindsWrongWrites needs no cluster.
func TestTheWitnessFindsWrongWrites(t *testing.T) {
	begin := time.Unix(1_800_000_000, 0)
	w := &loadWitness{
		name: "web", initial: 6, shown: 10 * time.Second,
		steps: []step{{begin, 60}, {begin.Add(time.Minute), 90}},
		opens: begin.Add(2 * time.Minute), closes: begin.Add(3 * time.Minute),
	}
	write := func(second int, replicas int32) audit.ScaleWrite {
		return audit.ScaleWrite{
			Time: begin.Add(time.Duration(second) * time.Second), Code: 200, Name: "web", Replicas: replicas, Version: "1", Writer: "a", User: audit.Autoscaler,
		}
	}
	other, blind, refused := write(20, 6), write(10, 6), write(10, 2)
	other.Writer, blind.Version, refused.Code = "b", "", 409
	for name, test := range map[string]struct {
		writes []audit.ScaleWrite
		want   string
	}{
		"right":                {[]audit.ScaleWrite{write(10, 6), write(66, 9), write(121, 12)}, ""},
		"a wrong scale-in":     {[]audit.ScaleWrite{write(10, 6), write(20, 5)}, "scaled in to 5 replicas, want 6 or more"},
		"just after a step":    {[]audit.ScaleWrite{write(10, 7), write(62, 6)}, ""},
		"later after a step":   {[]audit.ScaleWrite{write(10, 9), write(75, 8)}, "scaled in to 8 replicas, want 9 or more"},
		"on the way up":        {[]audit.ScaleWrite{write(10, 6), write(75, 7), write(76, 9)}, ""},
		"too many":             {[]audit.ScaleWrite{write(10, 9)}, "9 replicas, want 8 or less"},
		"above the maximum":    {[]audit.ScaleWrite{write(10, 21)}, "21 replicas, outside of 2 to 20"},
		"below an open window": {[]audit.ScaleWrite{write(121, 12), write(130, 9)}, "scaled in to 9 replicas, want 12 or more"},
		"without precondition": {[]audit.ScaleWrite{blind}, "a write without a precondition"},
		"a second writer":      {[]audit.ScaleWrite{write(10, 6), other, write(30, 6)}, "the writer changed 2 times"},
		"one that was refused": {[]audit.ScaleWrite{write(5, 6), refused}, ""},
	} {
		f := w.judge(test.writes, false, 1)
		if got := strings.Join(f.all(), "; "); test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
