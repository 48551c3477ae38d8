package scale

import (
	"context"
	"fmt"
	"time"
)

// setting is a sync period with a shape of the load. An arm is measured in each, one after another, with the same autoscalers.
type setting struct {
	period time.Duration
	load   Shape
}

func (s setting) String() string { return fmt.Sprintf("period %s, load %s", s.period, s.load) }

// settings are all combinations; the first is that in which autoscalers are created and loads step.
func (o *Options) settings() []setting {
	var all []setting
	for _, load := range o.Loads {
		for _, period := range o.Periods {
			all = append(all, setting{period, load})
		}
	}
	return all
}

// span is how long a setting is measured: HPAs that were created at once are evaluated at once, so a part of a period has all of
// them or none.
func (o *Options) span(s setting) time.Duration { return (o.Span + s.period - 1) / s.period * s.period }

// idleSpan is how long the idle cluster is measured: its cost is steady.
func (o *Options) idleSpan() time.Duration { return min(o.Span, 2*time.Minute) }

// warmUp is how long autoscalers run before they are measured: until each has been evaluated twice, and the state of all has been
// saved, which takes up to 15 seconds.
func (s setting) warmUp() time.Duration { return max(2*s.period, 20*time.Second) }

// change goes on from one setting to the next: programs restart with the other period, as after a change of their flags.
func (b *bench) change(ctx context.Context, name string, a arm, size int, next setting) error {
	b.progress.begin(b.filling(size), "%s, N=%d: changing to %s", name, size, next)
	before := b.setting
	b.use(next)
	if before.period == next.period {
		return nil
	}
	if a.flyball {
		b.flyball.Autoscaler.Stop(ctx)
		return b.startPrograms(ctx, a)
	}
	return b.restartControllerManager(ctx, a, size)
}

// use makes a setting the current one.
func (b *bench) use(s setting) {
	b.setting = s
	b.exporter.shape.Store(s.load)
}

// restartControllerManager gives kube-controller-manager the flags of the arm, and leaves it alone until it has looked at every
// object once. With a frozen population it stays stopped.
func (b *bench) restartControllerManager(ctx context.Context, a arm, size int) error {
	if !b.Frozen {
		b.cluster.StopControllerManager(ctx)
		if err := b.cluster.StartControllerManager(ctx, a.managerFlags(b.period)...); err != nil {
			return err
		}
	}
	return sleep(ctx, b.filling(size))
}
