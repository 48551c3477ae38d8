package outages

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"

	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/local"
)

var long = flag.Bool("long", false, "play the whole matrix with outages of 1 and 2 minutes, rates over 1m and syncs each 5s")

// timing of a run. Short runs keep the proportions of long ones.
type timing struct {
	scrape, period, rates, maxAge time.Duration
	// before is from the start of a change of load to the outage, ramp from the start of the change to its end.
	before, ramp time.Duration
	// hang and dead are how long Prometheus is stopped, and killed; after is how long the applications are watched then: until
	// the gap has left the ranges, and twice a range more, in which a ratio still counts by the pods of before a change.
	hang, dead, after time.Duration
}

func pace() timing {
	if *long {
		return timing{
			scrape: 5 * time.Second, period: 5 * time.Second, rates: time.Minute, maxAge: 2 * time.Minute,
			before: 50 * time.Second, ramp: 3 * time.Minute,
			hang: time.Minute, dead: 2 * time.Minute, after: 3 * time.Minute,
		}
	}
	return timing{
		scrape: time.Second, period: time.Second, rates: 10 * time.Second, maxAge: 20 * time.Second,
		before: 9 * time.Second, ramp: 30 * time.Second,
		hang: 10 * time.Second, dead: 20 * time.Second, after: 36 * time.Second,
	}
}

var (
	shared        *local.Local
	flyball       clientset.Interface
	dynamicClient dynamic.Interface
	whyNot        string
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if err := start(); err != nil {
		fmt.Fprintln(os.Stderr, "the cluster for the outages did not start:", err)
		return 1
	}
	code := m.Run()
	if shared != nil {
		if err := shared.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "the cluster left something behind:", err)
			return 1
		}
	}
	return code
}

func start() error {
	if testing.Short() {
		whyNot = "-short leaves out the outages, which need a cluster"
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	binaries := os.Getenv("FLYBALL_BINARIES")
	if binaries == "" {
		var err error
		if binaries, err = build.All(ctx, build.Options{Output: os.Stderr}); err != nil {
			return err
		}
	}
	p := pace()
	started, err := local.Start(ctx, local.Options{
		Cluster: cluster.Options{Binaries: binaries, PodStart: time.Second, ScrapeInterval: p.scrape, Log: os.Stderr},
		Values: map[string]any{
			"rules":          rules(p),
			"autoscaler":     map[string]any{"period": p.period.String()},
			"metricsAdapter": map[string]any{"refreshPeriod": p.period.String()},
		},
	})
	if err != nil {
		return err
	}
	shared = started
	if flyball, err = clientset.NewForConfig(shared.Config); err != nil {
		return err
	}
	dynamicClient, err = dynamic.NewForConfig(shared.Config)
	return err
}

// rules are the chart's rule for CPU, a metric of each pod, and two of each Deployment: its requests, and those for each of its
// pods.
func rules(p timing) string {
	return fmt.Sprintf(`
resources:
  cpu:
    containers:
      maxAge: %[2]s
      query: max by (namespace, pod, container) (rate(container_cpu_usage_seconds_total{pod!="",container!="",container!="POD"}[%[1]s]))
custom:
- name: requests
  maxAge: %[2]s
  query: sum by (namespace, pod) (rate(http_requests_total{namespace!="",pod!=""}[%[1]s]))
- name: requests_of_all
  describes: deployments.apps
  labels: {object: app}
  maxAge: %[2]s
  query: sum by (namespace, app) (rate(http_requests_total{namespace!="",app!=""}[%[1]s]))
- name: requests_for_each
  describes: deployments.apps
  labels: {object: app}
  maxAge: %[2]s
  query: sum by (namespace, app) (rate(http_requests_total{namespace!="",app!=""}[%[1]s])) / count by (namespace, app) (http_requests_total{namespace!="",app!=""})
`, seconds(p.rates), p.maxAge)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }
