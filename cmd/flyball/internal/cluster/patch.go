package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// PatchSpec merges fields into the spec of an object of the namespace, unless the object has changed since it was read, and returns the
// result. A nil value removes a field.
func (c *Cluster) PatchSpec(ctx context.Context, of *v1alpha1.HorizontalAutoscaler, spec map[string]any) (*v1alpha1.HorizontalAutoscaler, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"resourceVersion": of.ResourceVersion}, "spec": spec})
	if err != nil {
		return nil, err
	}
	changed, err := client.AutoscalingV1alpha1().HorizontalAutoscalers(of.Namespace).Patch(ctx, of.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	if err != nil {
		return nil, fmt.Errorf("patching HorizontalAutoscaler %s/%s: %w", of.Namespace, of.Name, err)
	}
	return changed, nil
}

// Complete makes the shell complete the first argument of a command to the name of an autoscaler.
func (c *Cluster) Complete(command *cobra.Command) {
	command.ValidArgsFunction = func(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return c.names(command.Context()), cobra.ShellCompDirectiveNoFileComp
	}
}

// names are those of the autoscalers of the namespace; none where the cluster does not answer.
func (c *Cluster) names(ctx context.Context) []string {
	namespace, err := c.Namespace()
	if err != nil {
		return nil
	}
	client, err := c.client()
	if err != nil {
		return nil
	}
	list, err := client.AutoscalingV1alpha1().HorizontalAutoscalers(namespace).List(ctx, metav1.ListOptions{Limit: listLimit})
	if err != nil {
		return nil
	}
	names := make([]string, len(list.Items))
	for i := range list.Items {
		names[i] = list.Items[i].Name
	}
	return names
}
