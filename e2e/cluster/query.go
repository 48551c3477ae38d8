package cluster

import (
	"context"
	"fmt"
	"time"

	promapi "github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// Query evaluates an instant query in the cluster's Prometheus.
func (c *Cluster) Query(ctx context.Context, query string) (model.Value, error) {
	client, err := promapi.NewClient(promapi.Config{Address: c.PrometheusURL})
	if err != nil {
		return nil, err
	}
	value, _, _, err := promv1.NewAPI(client).Query(ctx, query, time.Now(), promv1.WithTimeout(10*time.Second))
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", query, err)
	}
	return value, nil
}

// QueryNumber evaluates a query that gives one value, or none, which is false.
func (c *Cluster) QueryNumber(ctx context.Context, query string) (float64, bool, error) {
	value, err := c.Query(ctx, query)
	if err != nil {
		return 0, false, err
	}
	if vector, ok := value.(model.Vector); ok && len(vector) == 1 {
		return float64(vector[0].Value), true, nil
	}
	return 0, false, nil
}

// LongestScrapeGap returns the longest time between two successful scrapes of a target of the job within the last length, up
// to now. A longer time than the scrape interval means that Prometheus, or the target, did not get the CPU it needed.
func (c *Cluster) LongestScrapeGap(ctx context.Context, job string, length time.Duration) (time.Duration, error) {
	value, err := c.Query(ctx, fmt.Sprintf("up{job=%q}[%ds]", job, int(length.Seconds())))
	if err != nil {
		return 0, err
	}
	series, ok := value.(model.Matrix)
	if !ok || len(series) == 0 {
		return 0, fmt.Errorf("found no scrapes of job %s in the last %s", job, length)
	}
	end, longest := model.Now(), time.Duration(0)
	for _, scrapes := range series {
		last := end.Add(-length)
		for _, scrape := range append(scrapes.Values, model.SamplePair{Timestamp: end, Value: 1}) {
			if scrape.Value == 1 {
				longest, last = max(longest, scrape.Timestamp.Sub(last)), scrape.Timestamp
			}
		}
	}
	return longest, nil
}
