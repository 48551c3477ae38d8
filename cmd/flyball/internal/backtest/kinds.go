package backtest

import (
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/history"
)

// kinds decide how the value of a metric follows from the load: by --metric-kind, as the recording has it, or by the words of the
// metric and of the rule that defines it.
type kinds struct {
	flags map[string]history.Kind
	// saved is nil without --from, and rules without --rules.
	saved *recording
	rules *adapterRules
}

// of returns the kind of a metric. The error says why its load cannot be reconstructed.
func (k *kinds) of(m *engine.Metric) (history.Kind, error) {
	if kind, set := k.flags[history.Title(m)]; set {
		return kind, nil
	}
	if k.saved != nil {
		if s := k.saved.seriesOf(m); s != nil {
			return history.ParseKind(s.Kind)
		}
	}
	if g, _ := k.rules.find(m); g != nil {
		judged := *m
		judged.Query = g.Expr.String()
		return history.KindOf(&judged)
	}
	return history.KindOf(m)
}
