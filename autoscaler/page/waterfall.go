package page

import "flyball.dev/flyball/autoscaler/explain"

// waterfallStep is a step with its bar, in percent of the width.
type waterfallStep struct {
	explain.StepText
	// Bar spans from the lower to the higher count, and Class is up, down or same.
	Bar, Width float64
	Class      string
	Change     int32
}

// least is the width of the bar of a step that changes nothing.
const least = 0.8

// waterfall returns the steps with bars on one scale from 0. The steps of proposals each begin at the current count.
func waterfall(steps []explain.StepText) []waterfallStep {
	highest := int32(1)
	for _, s := range steps {
		highest = max(highest, s.From, s.To)
	}
	scale := (100 - least) / float64(highest)
	bars := make([]waterfallStep, len(steps))
	for i, s := range steps {
		b := waterfallStep{StepText: s, Change: s.To - s.From, Class: "same", Bar: scale * float64(min(s.From, s.To))}
		b.Width = least + scale*float64(max(s.From, s.To)) - b.Bar
		switch {
		case s.Step == "Current": // the start
			b.Change, b.Bar, b.Width, b.Class = 0, 0, least+scale*float64(s.To), "start"
		case s.To > s.From:
			b.Class = "up"
		case s.To < s.From:
			b.Class = "down"
		}
		bars[i] = b
	}
	return bars
}
