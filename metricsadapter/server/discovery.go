package server

import (
	"context"
	"fmt"
	"sync"

	apidiscovery "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/endpoints"
	"k8s.io/apiserver/pkg/endpoints/discovery"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/klog/v2"
	customv1beta1 "k8s.io/metrics/pkg/apis/custom_metrics/v1beta1"
	customv1beta2 "k8s.io/metrics/pkg/apis/custom_metrics/v1beta2"
	externalv1beta1 "k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
)

// metricDiscovery publishes the metrics in aggregated discovery. The library registers its groups with unaggregated
// discovery only, and the aggregator, which requests aggregated discovery first, would publish them without metrics.
type metricDiscovery struct {
	server   *genericapiserver.GenericAPIServer
	custom   cma.CustomMetricsProvider
	external cma.ExternalMetricsProvider

	mu sync.Mutex // serializes publish, so that the last published list is the newest
}

// republish publishes changed metrics. Unaggregated discovery lists the providers' metrics at each request.
func (l *metricDiscovery) republish(ctx context.Context) {
	if err := l.publish(); err != nil {
		klog.FromContext(ctx).Error(err, "Failed to update discovery; the previous metrics stay listed")
	}
}

// publish passes the current metrics to aggregated discovery, which encodes them once.
func (l *metricDiscovery) publish() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	customs, externals := cma.NewCustomMetricResourceLister(l.custom), cma.NewExternalMetricResourceLister(l.external)
	for _, listed := range []struct {
		version schema.GroupVersion
		lister  discovery.APIResourceLister
	}{
		{customv1beta2.SchemeGroupVersion, customs},
		{customv1beta1.SchemeGroupVersion, customs},
		{externalv1beta1.SchemeGroupVersion, externals},
	} {
		resources, err := endpoints.ConvertGroupVersionIntoToDiscovery(resourcesOf(listed.version, listed.lister))
		if err != nil {
			return fmt.Errorf("listing the metrics of %s: %w", listed.version, err)
		}
		l.server.AggregatedDiscoveryGroupManager.AddGroupVersion(listed.version.Group, apidiscovery.APIVersionDiscovery{
			Version:   listed.version.Version,
			Freshness: apidiscovery.DiscoveryFreshnessCurrent,
			Resources: resources,
		})
	}
	return nil
}

// resourcesOf returns the list with group and version, which the conversion requires.
func resourcesOf(version schema.GroupVersion, lister discovery.APIResourceLister) []metav1.APIResource {
	resources := lister.ListAPIResources()
	for i := range resources {
		resources[i].Group, resources[i].Version = version.Group, version.Version
	}
	return resources
}
