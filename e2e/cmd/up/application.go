package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"flyball.dev/flyball/autoscaler/client/clientset/versioned"
	"flyball.dev/flyball/e2e/install"
	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/local"
	"flyball.dev/flyball/e2e/realnode"
)

const namespace = "shop"

var (
	//go:embed sample.yaml
	sampleManifests string
	//go:embed real.yaml
	realManifests string
)

// application is the sample application and its load.
type application struct {
	local   *local.Local
	flyball versioned.Interface
	// unit of its load.
	unit string
	// hpa is true where the sample has a Deployment api besides web, scaled by a plain HPA.
	hpa  bool
	load func(ctx context.Context, requests float64, known bool) error
	stop func() error
}

// newApplication installs the sample on simulated nodes, or in containers on a real one.
func newApplication(ctx context.Context, l *local.Local, s settings) (*application, error) {
	client, err := versioned.NewForConfig(l.Config)
	if err != nil {
		return nil, err
	}
	a := &application{local: l, flyball: client, unit: "requests/s", hpa: true, load: simulatedLoad(l), stop: func() error { return nil }}
	manifests := sampleManifests
	switch s.node {
	case "simulated":
	case "real":
		if manifests, err = a.useRealNode(ctx); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("-node %q: must be simulated or real", s.node)
	}
	if err := install.Apply(ctx, l.Cluster, manifests); err != nil {
		return nil, errors.Join(err, a.stop())
	}
	return a, nil
}

// simulatedLoad sets the same load for both Deployments.
func simulatedLoad(l *local.Local) func(context.Context, float64, bool) error {
	return func(ctx context.Context, requests float64, known bool) error {
		demand := load.Demand{Requests: requests, Unknown: !known}
		return errors.Join(l.Load.Set(ctx, namespace, "web", demand), l.Load.Set(ctx, namespace, "api", demand))
	}
}

// useRealNode starts the real node and returns the sample for it, in which a request burns a millisecond of CPU.
func (a *application) useRealNode(ctx context.Context) (manifests string, err error) {
	node, err := realnode.Start(ctx, realnode.Options{Cluster: a.local.Cluster, Binaries: ownFolder()})
	if err != nil {
		return "", err
	}
	a.stop, a.hpa, a.unit = node.Stop, false, "millicores"
	defer func() {
		if err != nil {
			err = errors.Join(err, node.Stop())
		}
	}()
	if err := a.local.AddScrape(ctx, node.ScrapeJobs()...); err != nil {
		return "", err
	}
	folder := filepath.Join(a.local.Dir, "load")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return "", err
	}
	a.load = func(_ context.Context, requests float64, known bool) error {
		if !known {
			return nil // containers cannot burn an unknown amount, and keep the last one
		}
		return realnode.SetLoad(folder, requests*load.DefaultCost*1000)
	}
	if err := realnode.SetLoad(folder, 0); err != nil {
		return "", err
	}
	return strings.NewReplacer("LOAD_FOLDER", folder, "BURNER_IMAGE", realnode.BurnerImage).Replace(realManifests), nil
}

// guide has the commands that show the cluster. The PATH has kubectl and flyball, which a user may not have installed.
func (a *application) guide() string {
	commands := []string{"kubectl -n shop get ha", "kubectl -n shop describe ha web", "kubectl -n shop top pods", "flyball explain web -n shop"}
	if a.hpa {
		commands = append(commands, "kubectl -n shop describe hpa api",
			"kubectl get --raw '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/http_requests_per_second'")
	}
	var out strings.Builder
	fmt.Fprintf(&out, "In another terminal:\n\n  export KUBECONFIG=%s\n  export PATH=%s:$PATH\n\n", a.local.Kubeconfig, filepath.Dir(a.local.Binary("kubectl")))
	for _, command := range commands {
		fmt.Fprintf(&out, "  %s\n", command)
	}
	fmt.Fprintf(&out, "\n  Prometheus  %s\n  logs        %s\n", a.local.PrometheusURL, a.local.Dir)
	return out.String()
}
