package plan

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"
)

func TestAdvance(t *testing.T) {
	seconds := func(second int64) model.Time { return model.Time(1000 * second) }
	row := func(object string, second int64) Row { return Row{Object: object, Time: seconds(second)} }
	before := &Table{rows: []Row{row("ended", 40), row("gone", 90), row("newer", 90), row("same", 95), row("slower", 70), row("untimed", 0)}}
	now := &Table{earliest: seconds(50), rows: []Row{
		row("ended", 50), row("new", 112), row("newer", 105), row("same", 95), row("slower", 100), row("untimed", 101),
	}}
	want := Advance{Newest: seconds(112).Time(), Rows: 2, Oldest: seconds(100).Time(), Least: 15 * time.Second}
	if got := now.Advance(before); got != want {
		t.Errorf("the advance is %+v, want %+v", got, want)
	}
	if got, want := now.Advance(nil), (Advance{Newest: seconds(112).Time()}); got != want {
		t.Errorf("the first advance is %+v, want %+v", got, want)
	}
}
