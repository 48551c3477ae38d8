package checkpoint

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
)

// key is the entry of a ConfigMap that holds the encoded shard.
const key = "state"

// ConfigMaps is a [Storage] of one ConfigMap per shard, which only the leader writes. It replaces no version but the one that
// it has read or written: a leader that has lost the lease without noticing cannot undo the writes of the next leader.
type ConfigMaps struct {
	client   typedcorev1.ConfigMapInterface
	prefix   string
	versions map[int]string // by shard
}

// NewConfigMaps returns a Storage of the ConfigMaps prefix-0, prefix-1 and so on.
func NewConfigMaps(client typedcorev1.ConfigMapInterface, prefix string) *ConfigMaps {
	return &ConfigMaps{client: client, prefix: prefix, versions: map[int]string{}}
}

func (c *ConfigMaps) name(shard int) string { return fmt.Sprintf("%s-%d", c.prefix, shard) }

// Load implements [Storage].
func (c *ConfigMaps) Load(ctx context.Context, shard int) ([]byte, error) {
	found, err := c.client.Get(ctx, c.name(shard), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		delete(c.versions, shard)
		return nil, nil
	case err != nil:
		return nil, err
	default:
		c.versions[shard] = found.ResourceVersion
		return found.BinaryData[key], nil
	}
}

// Save implements [Storage]. After a conflict it reads the newer version, which the next Save replaces. Where it cannot read it, the
// next Save has the version of this one.
func (c *ConfigMaps) Save(ctx context.Context, shard int, encoded []byte) error {
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name: c.name(shard), ResourceVersion: c.versions[shard],
			Labels: map[string]string{"app.kubernetes.io/managed-by": "flyball-autoscaler"},
		},
		BinaryData: map[string][]byte{key: encoded},
	}
	saved, err := c.write(ctx, object)
	if err == nil {
		c.versions[shard] = saved.ResourceVersion
		return nil
	}
	if _, readErr := c.Load(ctx, shard); readErr != nil {
		return errors.Join(err, readErr)
	}
	return err
}

func (c *ConfigMaps) write(ctx context.Context, object *corev1.ConfigMap) (*corev1.ConfigMap, error) {
	if object.ResourceVersion == "" {
		return c.client.Create(ctx, object, metav1.CreateOptions{})
	}
	return c.client.Update(ctx, object, metav1.UpdateOptions{})
}
