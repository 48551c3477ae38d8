package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/record"
)

// lineEvery is how often a line is printed; samples are taken each second.
const lineEvery = 5

// view has the samples of one second and the reason of the last decision.
type view struct {
	web, api record.Sample
	reason   string
}

// follow sets the load of the application, and records and prints its replicas, until ctx is done or a program ends. The
// first record is that of web.
func (a *application) follow(ctx context.Context, demand load.Curve) ([]*record.Record, error) {
	web := &record.Record{Name: "shop/web, scaled by Flyball", Unit: a.unit}
	api := &record.Record{Name: "shop/api, scaled by the upstream HPA on Flyball's metric", Unit: a.unit}
	records := []*record.Record{web}
	if a.hpa {
		records = append(records, api)
	}
	printer := newPrinter(os.Stdout, a.unit, a.hpa)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	start := time.Now()
	for seconds := 0; ; seconds++ {
		value, known := demand(time.Since(start))
		v, err := a.update(ctx, value, known)
		if ctx.Err() != nil {
			return records, nil
		}
		if cause := context.Cause(a.local.Context()); cause != nil {
			return records, cause
		}
		if err != nil {
			return records, err
		}
		web.Add(v.web)
		api.Add(v.api)
		if seconds%lineEvery == 0 {
			printer.line(v)
		}
		select {
		case <-ctx.Done():
			return records, nil
		case <-a.local.Context().Done():
		case <-tick.C:
		}
	}
}

// update sets the load and samples the cluster.
func (a *application) update(ctx context.Context, value float64, known bool) (view, error) {
	if err := a.load(ctx, value, known); err != nil {
		return view{}, fmt.Errorf("setting the load: %w", err)
	}
	var v view
	var err error
	if v.web, err = a.sample(ctx, "web"); err != nil {
		return v, err
	}
	ha, err := a.flyball.AutoscalingV1alpha1().HorizontalAutoscalers(namespace).Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return v, err
	}
	if ha.Status.Decision != nil {
		v.reason = ha.Status.Decision.Reason
	}
	if a.hpa {
		v.api, err = a.sample(ctx, "api")
	}
	v.web.Load, v.web.LoadKnown = value, known
	v.api.Load, v.api.LoadKnown = value, known
	return v, err
}

func (a *application) sample(ctx context.Context, name string) (record.Sample, error) {
	deployment, err := a.local.Client.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return record.Sample{}, err
	}
	if deployment.Spec.Replicas == nil {
		return record.Sample{}, errors.New("the API server gave a Deployment without spec.replicas")
	}
	return record.Sample{Time: time.Now(), Ready: deployment.Status.ReadyReplicas, Desired: *deployment.Spec.Replicas}, nil
}
