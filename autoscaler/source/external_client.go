package source

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
)

// externalClient reads external.metrics.k8s.io. The client of k8s.io/metrics sends a metric's name as the name of a resource, which
// client-go writes in lower case, so it cannot read metrics with upper-case letters (kubernetes/kubernetes#72996). This client
// sends the name unchanged.
type externalClient struct{ client rest.Interface }

func newExternalClient(config *rest.Config) (*externalClient, error) {
	config = rest.CopyConfig(config)
	config.APIPath = "/apis"
	config.GroupVersion = &v1beta1.SchemeGroupVersion
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	client, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, err
	}
	return &externalClient{client}, nil
}

// list returns the series of a metric in a namespace that the selector matches. A metric that is not found is requested again in
// lower case, as the HPA controller requests all: specs of HPAs may name such metrics in any case.
func (c *externalClient) list(ctx context.Context, namespace, metric string, selector labels.Selector) (*v1beta1.ExternalMetricValueList, error) {
	list, err := c.get(ctx, namespace, metric, selector)
	lower := strings.ToLower(metric)
	if lower == metric || !apierrors.IsNotFound(err) {
		return list, err
	}
	list, second := c.get(ctx, namespace, lower, selector)
	if apierrors.IsNotFound(second) {
		return nil, err
	}
	return list, second
}

func (c *externalClient) get(ctx context.Context, namespace, metric string, selector labels.Selector) (*v1beta1.ExternalMetricValueList, error) {
	if problems := rest.IsValidPathSegmentName(metric); len(problems) > 0 {
		return nil, fmt.Errorf("name: Invalid value: %q: %s", metric, problems[0])
	}
	list := &v1beta1.ExternalMetricValueList{}
	err := c.client.Get().
		Namespace(namespace).
		Suffix(metric).
		VersionedParams(&metav1.ListOptions{LabelSelector: selector.String()}, metav1.ParameterCodec).
		Do(ctx).
		Into(list)
	if err != nil {
		return nil, err
	}
	return list, nil
}
