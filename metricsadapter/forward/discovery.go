package forward

import (
	"context"
	"encoding/json"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
)

const (
	// listPeriod is the time between two looks at the CA and at the list of metrics.
	listPeriod = time.Minute
	// maxListed metrics of another provider: discovery is asked for all the time, by every client.
	maxListed = 1000
)

// Run keeps the CA and the list of metrics until ctx ends, and calls changed after each change of the list.
func (c *Provider) Run(ctx context.Context, changed func()) {
	ticker := time.NewTicker(listPeriod)
	defer ticker.Stop()
	told := ""
	for {
		c.refreshCABundle(ctx)
		news, err := c.list(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && told != err.Error():
			klog.FromContext(ctx).Error(err, "The list of metrics of another provider stays as it was", "provider", c.name)
			told = err.Error()
		case err == nil:
			told = ""
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

// Listed gives the metrics that the other provider last told of; the same slice until they change. It never waits.
func (c *Provider) Listed() []metav1.APIResource {
	if listed := c.listed.Load(); listed != nil {
		return *listed
	}
	return nil
}

// list asks for the list of metrics, and says whether it has changed.
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
