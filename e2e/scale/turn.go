package scale

import (
	"context"
	"time"
)

// Durations of phases by experience, for the estimate of the time left.
const (
	starting  = 20 * time.Second
	inForceIn = 30 * time.Second
	settling  = 20 * time.Second
)

// growing is how long the creation of Deployments takes, at 20 pods per second.
func growing(deployments, pods int) time.Duration {
	return time.Duration(deployments*pods/20)*time.Second + 5*time.Second
}

// filling is how long kube-controller-manager is left alone after its start, until it has looked at every object once.
func (o *Options) filling(size int) time.Duration {
	if o.Frozen {
		return settling
	}
	return 10*time.Second + time.Duration(size)*3*time.Millisecond
}

// planned is how long the whole run takes, by the same estimates as its phases.
func (o *Options) planned() time.Duration {
	total, populated := starting, 0
	for _, size := range o.Sizes {
		if o.Frozen {
			total += freezing(size-populated, o.Pods)
		} else {
			total += growing(size-populated, o.Pods)
		}
		populated = size
		for _, name := range o.Arms {
			total += o.plannedArm(arms[name], size)
		}
	}
	return total
}

func (o *Options) plannedArm(a arm, size int) time.Duration {
	total := o.filling(size) + o.idleSpan() + inForceIn + settling
	for _, s := range o.settings() {
		total += s.warmUp() + o.span(s)
		if o.Profiles != "" {
			total += profiled
		}
	}
	total += time.Duration(len(o.settings())-1) * o.filling(size)
	if first := o.settings()[0]; o.stepped(first) {
		if !o.Frozen {
			total += o.plannedStep(first) + settling
		}
		if a.flyball {
			total += o.plannedStep(first)
		}
	}
	return total
}

// plannedStep is a scrape, a period and the rollouts.
func (o *Options) plannedStep(s setting) time.Duration { return o.Scrape + s.period + 10*time.Second }

// stepped is false where a step could not be seen, because the load steps all the time.
func (o *Options) stepped(s setting) bool { return o.Steps && s.load != Stepping }

// runArm gives an arm its turn, and leaves the cluster as it was.
func (b *bench) runArm(ctx context.Context, name string, a arm, size int) error {
	settings := b.settings()
	b.use(settings[0])
	title := "restarting kube-controller-manager with the flags of the arm"
	if b.Frozen {
		title = "letting the control plane settle"
	}
	b.progress.begin(b.filling(size), "%s, N=%d: %s", name, size, title)
	if err := b.restartControllerManager(ctx, a, size); err != nil {
		return err
	}
	b.progress.begin(b.idleSpan(), "%s, N=%d: measuring the idle cluster for %s", name, size, b.idleSpan())
	idle, err := b.measure(ctx, a, b.idleSpan())
	if err != nil {
		return err
	}
	if err := b.startPrograms(ctx, a); err != nil {
		return err
	}
	for i, next := range settings {
		result := &Result{Arm: name, Title: a.title, Autoscalers: size, Period: next.period.String(), Load: next.load}
		b.report.Results = append(b.report.Results, result)
		if i == 0 {
			err = b.bringInForce(ctx, name, a, size, result)
		} else {
			err = b.change(ctx, name, a, size, next)
		}
		if err == nil {
			err = b.runSetting(ctx, name, a, size, idle, result)
		}
		if err == nil && i == 0 {
			err = b.steps(ctx, name, a, size, len(settings) > 1, result)
		}
		if err != nil {
			return err
		}
	}
	return b.endArm(ctx, name, a, size)
}

// runSetting measures the arm in the current setting.
func (b *bench) runSetting(ctx context.Context, name string, a arm, size int, idle *span, result *Result) error {
	b.progress.begin(b.warmUp(), "%s, N=%d: warming up for %s", name, size, b.warmUp())
	if err := sleep(ctx, b.warmUp()); err != nil {
		return err
	}
	length := b.span(b.setting)
	b.progress.begin(length, "%s, N=%d, %s: measuring for %s", name, size, b.setting, length)
	busy, err := b.measure(ctx, a, length)
	if err != nil {
		return err
	}
	result.Cost = b.cost(idle, busy)
	b.progress.report("%.1f evaluations per second, %.2f ms of CPU each", result.Cost.EvaluationsPerSecond, result.Cost.CPUPerEvaluation)
	return b.profile(ctx, name, a, size)
}

// bringInForce creates the autoscalers: some at once, which are timed, and then the others.
func (b *bench) bringInForce(ctx context.Context, name string, a arm, size int, result *Result) error {
	first := atOnce(size)
	b.progress.begin(inForceIn, "%s, N=%d: creating %d autoscalers at once", name, size, first)
	var err error
	if result.Created, err = b.createAndAwait(ctx, a, 0, first); err != nil {
		return err
	}
	b.progress.report("%d in force %.1f s after the last create", result.Created.InForce, result.Created.Seconds)
	if first == size {
		return nil
	}
	others, err := b.createAndAwait(ctx, a, first, size)
	if err != nil {
		return err
	}
	b.progress.report("%d more in force %.1f s after the last create", others.InForce, others.Seconds)
	return nil
}

// steps doubles the load, once with rollouts and once with kube-controller-manager stopped. If more settings follow, it waits
// until all replicas are back.
func (b *bench) steps(ctx context.Context, name string, a arm, size int, more bool, result *Result) error {
	if !b.stepped(b.setting) {
		return nil
	}
	if !b.Frozen {
		if back, err := b.rolloutStep(ctx, name, size, result); err != nil || !back || !a.flyball {
			return err
		}
		b.cluster.StopControllerManager(ctx)
	}
	b.progress.begin(b.plannedStep(b.setting), "%s, N=%d: the load of %d Deployments doubles, kube-controller-manager is stopped", name, size, atOnce(size))
	var err error
	if result.FrozenStep, err = b.step(ctx, atOnce(size)); err != nil {
		return err
	}
	b.progress.report("%s", stepText(result.FrozenStep))
	if !more {
		return nil
	}
	if err := b.restartControllerManager(ctx, a, size); err != nil {
		return err
	}
	if err := b.back(ctx); err != nil {
		b.progress.report("not all replicas are back after %s: %v", b.longestReturn(), err)
	}
	return ctx.Err()
}

// rolloutStep doubles the load with rollouts. Its result is true once all Deployments have their first replicas again: a further step
// would miss those that still have a second one.
func (b *bench) rolloutStep(ctx context.Context, name string, size int, result *Result) (back bool, err error) {
	b.progress.begin(b.plannedStep(b.setting)+settling, "%s, N=%d: the load of %d Deployments doubles", name, size, atOnce(size))
	if result.Step, err = b.step(ctx, atOnce(size)); err != nil {
		return false, err
	}
	b.progress.report("%s", stepText(result.Step))
	if err := b.back(ctx); err != nil {
		b.progress.report("not all replicas are back after %s, so no step without rollouts follows: %v", b.longestReturn(), err)
		return false, ctx.Err()
	}
	return true, nil
}

// endArm stops the arm's programs, deletes its autoscalers and gives the Deployments their first replicas.
func (b *bench) endArm(ctx context.Context, name string, a arm, size int) error {
	b.progress.begin(settling, "%s, N=%d: deleting its autoscalers", name, size)
	b.exporter.stepped.Store(0)
	if a.flyball {
		b.flyball.Autoscaler.Stop(ctx)
	}
	if err := b.deleteAutoscalers(ctx, a, size); err != nil {
		return err
	}
	if err := b.stopSecondAdapter(ctx); err != nil {
		return err
	}
	if b.Frozen {
		return b.reset(ctx)
	}
	b.cluster.StopControllerManager(ctx) // it may not run, or have the arm's low limits
	if err := b.cluster.StartControllerManager(ctx, populating...); err != nil {
		return err
	}
	return b.reset(ctx)
}

// startPrograms starts what the arm needs beside Flyball's adapter, which always runs: without readers it costs nothing.
func (b *bench) startPrograms(ctx context.Context, a arm) error {
	if a.flyball {
		return b.flyball.Autoscaler.Start(a.autoscalerFlags(b.Options, b.period)...)
	}
	if a.second {
		return b.startSecondAdapter(ctx)
	}
	return nil
}
