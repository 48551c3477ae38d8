package cluster

import (
	"context"
	"errors"
	"net/url"
)

// Bundle captures the input of the last decision about an autoscaler, from the process that made it.
func (c *Cluster) Bundle(ctx context.Context, name string) ([]byte, error) {
	namespace, err := c.Namespace()
	if err != nil {
		return nil, err
	}
	path := "/debug/bundle/" + url.PathEscape(namespace) + "/" + url.PathEscape(name)
	leader, err := c.findLeader(ctx)
	if err != nil {
		return nil, err
	}
	text, err := leader.get(ctx, path)
	if !errors.Is(err, errNotFound) {
		return text, err
	}
	// With sharding another process may evaluate the autoscaler.
	members, listErr := leader.others(ctx)
	if listErr != nil {
		return nil, err
	}
	for _, member := range members {
		if text, memberErr := member.get(ctx, path); memberErr == nil {
			return text, nil
		}
	}
	return nil, err
}
