package forward

import (
	"context"
	"encoding/json"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
)

const (
	// listPeriod is the interval at which the CA and the list of metrics are refreshed.
	listPeriod = time.Minute
	// maxListed is the maximum number of listed metrics, because every client requests discovery frequently.
	maxListed = 1000
)

// Run refreshes the CA and the list of metrics until ctx ends, and calls changed after each change of the list.
func (c *Provider) Run(ctx context.Context, changed func()) {
	ticker := time.NewTicker(listPeriod)
	defer ticker.Stop()
	logged := ""
	for {
		c.refreshCABundle(ctx)
		news, err := c.list(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && logged != err.Error():
			klog.FromContext(ctx).Error(err, "Failed to refresh the metrics of another provider; keeping the last list", "provider", c.name)
			logged = err.Error()
		case err == nil:
			logged = ""
		}
		if news {
			changed()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Listed returns the last known metrics of the other provider, without waiting; the same slice until they change.
func (c *Provider) Listed() []metav1.APIResource {
	if listed := c.listed.Load(); listed != nil {
		return *listed
	}
	return nil
}

// list requests the list of metrics, and reports whether it changed.
func (c *Provider) list(ctx context.Context) (bool, error) {
	body, err := c.get(ctx, "/apis/"+c.options.Group+"/v1beta1", nil)
	if err != nil {
		return false, err
	}
	var list metav1.APIResourceList
	if err := json.Unmarshal(body, &list); err != nil {
		return false, c.unavailable(err)
	}
	resources := list.APIResources[:min(len(list.APIResources), maxListed)]
	last := c.Listed()
	same := len(last) == len(resources)
	for i := range resources {
		same = same && last[i].Name == resources[i].Name && last[i].Namespaced == resources[i].Namespaced
	}
	if same {
		return false, nil
	}
	c.listed.Store(&resources)
	return true, nil
}
