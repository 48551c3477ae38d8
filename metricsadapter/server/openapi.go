package server

import (
	"maps"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/generated/openapi/core"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/generated/openapi/custommetrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/generated/openapi/externalmetrics"
)

// addDefinitions sets the OpenAPI definitions of the server. The library has those of its own groups; those of
// metrics.k8s.io are here, because no library provides only them.
func (o *Options) addDefinitions() {
	namer := openapinamer.NewDefinitionNamer(scheme, apiserver.Scheme)
	o.base.OpenAPIConfig = genericapiserver.DefaultOpenAPIConfig(definitions, namer)
	o.base.OpenAPIConfig.Info.Title = o.base.Name
	o.base.OpenAPIV3Config = genericapiserver.DefaultOpenAPIV3Config(definitions, namer)
	o.base.OpenAPIV3Config.Info.Title = o.base.Name
}

func definitions(ref common.ReferenceCallback) map[string]common.OpenAPIDefinition {
	all := map[string]common.OpenAPIDefinition{}
	for _, part := range []common.GetOpenAPIDefinitions{
		core.GetOpenAPIDefinitions, custommetrics.GetOpenAPIDefinitions, externalmetrics.GetOpenAPIDefinitions, resourceMetrics,
	} {
		maps.Copy(all, part(ref))
	}
	return all
}

// Model names of the types of metrics.k8s.io.
var (
	podMetrics       = v1beta1.PodMetrics{}.OpenAPIModelName()
	podMetricsList   = v1beta1.PodMetricsList{}.OpenAPIModelName()
	nodeMetrics      = v1beta1.NodeMetrics{}.OpenAPIModelName()
	nodeMetricsList  = v1beta1.NodeMetricsList{}.OpenAPIModelName()
	containerMetrics = v1beta1.ContainerMetrics{}.OpenAPIModelName()
	quantity         = resource.Quantity{}.OpenAPIModelName()
	objectMeta       = metav1.ObjectMeta{}.OpenAPIModelName()
	listMeta         = metav1.ListMeta{}.OpenAPIModelName()
	timeName         = metav1.Time{}.OpenAPIModelName()
	duration         = metav1.Duration{}.OpenAPIModelName()
)

func resourceMetrics(ref common.ReferenceCallback) map[string]common.OpenAPIDefinition {
	to := func(name string) spec.Schema { return spec.Schema{SchemaProps: spec.SchemaProps{Ref: ref(name)}} }
	usage := *spec.MapProperty(new(to(quantity))).WithDescription("Usage: CPU in cores, memory as the working set in bytes.")
	sampled := map[string]spec.Schema{
		"timestamp": describe(to(timeName), "End of the window."),
		"window":    describe(to(duration), "Time over which use was measured."),
	}
	return map[string]common.OpenAPIDefinition{
		podMetrics: object("The use of resources by a pod.", merged(objectProperties(to(objectMeta)), sampled, map[string]spec.Schema{
			"containers": *spec.ArrayProperty(new(to(containerMetrics))).WithDescription("The use of each container."),
		}), []string{"timestamp", "window", "containers"}, objectMeta, timeName, duration, containerMetrics),

		nodeMetrics: object("The use of resources by a node.", merged(objectProperties(to(objectMeta)), sampled, map[string]spec.Schema{
			"usage": usage,
		}), []string{"timestamp", "window", "usage"}, objectMeta, timeName, duration, quantity),

		containerMetrics: object("The use of resources by a container.", map[string]spec.Schema{
			"name":  *spec.StringProperty().WithDescription("Name of the container in its pod."),
			"usage": usage,
		}, []string{"name", "usage"}, quantity),

		podMetricsList: object("A list of PodMetrics.", merged(objectProperties(to(listMeta)), map[string]spec.Schema{
			"items": *spec.ArrayProperty(new(to(podMetrics))),
		}), []string{"items"}, listMeta, podMetrics),

		nodeMetricsList: object("A list of NodeMetrics.", merged(objectProperties(to(listMeta)), map[string]spec.Schema{
			"items": *spec.ArrayProperty(new(to(nodeMetrics))),
		}), []string{"items"}, listMeta, nodeMetrics),
	}
}

// objectProperties are the properties of every object.
func objectProperties(metadata spec.Schema) map[string]spec.Schema {
	return map[string]spec.Schema{
		"kind":       *spec.StringProperty().WithDescription("Kind of the object."),
		"apiVersion": *spec.StringProperty().WithDescription("Group and version of the object's schema."),
		"metadata":   metadata,
	}
}

func object(description string, properties map[string]spec.Schema, required []string, dependencies ...string) common.OpenAPIDefinition {
	return common.OpenAPIDefinition{
		Schema: spec.Schema{SchemaProps: spec.SchemaProps{
			Description: description,
			Type:        []string{"object"},
			Properties:  properties,
			Required:    required,
		}},
		Dependencies: dependencies,
	}
}

func describe(s spec.Schema, description string) spec.Schema {
	s.Description = description
	return s
}

func merged(parts ...map[string]spec.Schema) map[string]spec.Schema {
	all := map[string]spec.Schema{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}
