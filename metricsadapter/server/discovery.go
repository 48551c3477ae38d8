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

// metricDiscovery is what aggregated discovery tells of the metrics. The library registers its groups with the old discovery only,
// and the aggregator, which asks for the new one first, would publish them without any metric.
type metricDiscovery struct {
	server   *genericapiserver.GenericAPIServer
	custom   cma.CustomMetricsProvider
	external cma.ExternalMetricsProvider

	mu sync.Mutex // one publishes at a time, so that what is published last is the newest
}

// republish follows a change of the rules. The old discovery asks the providers each time, and needs nothing.
func (l *metricDiscovery) republish(ctx context.Context) {
	if err := l.publish(); err != nil {
		klog.FromContext(ctx).Error(err, "Discovery keeps the metrics that it had")
	}
}

// publish hands the metrics that there are now to aggregated discovery, which renders them once.
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

// resourcesOf gives the list with the group and version filled in, which the conversion needs.
func resourcesOf(version schema.GroupVersion, lister discovery.APIResourceLister) []metav1.APIResource {
	resources := lister.ListAPIResources()
	for i := range resources {
		resources[i].Group, resources[i].Version = version.Group, version.Version
	}
	return resources
}
