package outages

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/local"
	"flyball.dev/flyball/e2e/testcluster"
)

// timing of a run. The long form has the whole matrix, outages of 1 and 2 minutes, rates over 1m and syncs each 5s; the
// short form keeps its proportions.
type timing struct {
	scrape, period, rates, maxAge time.Duration
	// before is from the start of a change of load to the outage, ramp from the start of the change to its end.
	before, ramp time.Duration
	// hang and dead are how long Prometheus is stopped, and killed; after is how long the applications are watched then: until
	// the gap has left the ranges, and twice a range more, in which a ratio still counts by the pods of before a change.
	hang, dead, after time.Duration
}

func pace() timing {
	if *testcluster.Long {
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

// clusters are one for each outage.
var clusters [2]*testcluster.Cluster

func TestMain(m *testing.M) { os.Exit(testcluster.Main(m, start)) }

func start(ctx context.Context) error {
	p := pace()
	var (
		starts   sync.WaitGroup
		failures [len(clusters)]error
	)
	for i := range clusters {
		starts.Go(func() {
			clusters[i], failures[i] = testcluster.Start(ctx, local.Options{
				Cluster: cluster.Options{ScrapeInterval: p.scrape},
				Values: map[string]any{
					"rules":          rules(p),
					"autoscaler":     map[string]any{"period": p.period.String()},
					"metricsAdapter": map[string]any{"refreshPeriod": p.period.String()},
				},
			})
		})
	}
	starts.Wait()
	return errors.Join(failures[:]...)
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
