package doctor

import (
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// serviceAnnotation of an APIService is what Flyball's metrics adapter writes as metricsadapter/certificate.ServiceAnnotation: the
// Service that it led to.
const serviceAnnotation = "flyball.dev/metricsadapter"

// checkAPIOwner finds metrics APIs that two providers register: one that led to Flyball's adapter and leads elsewhere, and versions
// of one API that lead to different Services.
func checkAPIOwner(c *call) {
	services := c.apiServices()
	for i := range services {
		a := &services[i]
		if !isMetricsAPI(a.Spec.Group) || a.Spec.Service == nil {
			continue
		}
		if own := a.Metadata.Annotations[serviceAnnotation]; own != "" && own != a.service() {
			c.addOwner(a, fmt.Sprintf("the API led to Flyball's metrics adapter, Service %s, and %s leads it to Service %s", own, a.serviceManager(), a.service()))
			continue
		}
		for j := range services[:i] {
			if b := &services[j]; b.Spec.Group == a.Spec.Group && b.Spec.Service != nil && b.service() != a.service() {
				c.addOwner(a, fmt.Sprintf("%s leads to Service %s, and %s to Service %s: two providers have versions of one API", a.Metadata.Name, a.service(), b.Metadata.Name, b.service()))
				break
			}
		}
	}
}

func (c *call) addOwner(a *apiServiceFields, why string) {
	c.add(Warning, Object{Kind: "APIService", Name: a.Metadata.Name}, why,
		"each provider has metrics that the other does not have, and an upgrade of either may move the API again",
		Fix{
			Text:    "register one provider for the API: turn off the registration of the other, and name it as metricsAdapter.fallthrough of Flyball's adapter, which forwards to it (docs/coexistence.md)",
			Command: "kubectl describe apiservice " + a.Metadata.Name,
		})
}

func isMetricsAPI(group string) bool {
	for _, g := range groups {
		if g.group == group {
			return true
		}
	}
	return false
}

func (a *apiServiceFields) service() string {
	return a.Spec.Service.Namespace + "/" + a.Spec.Service.Name
}

// serviceManager returns the field manager that has set spec.service last, in words.
func (a *apiServiceFields) serviceManager() string {
	last, manager := time.Time{}, "another field manager"
	for i := range a.Metadata.ManagedFields {
		m := &a.Metadata.ManagedFields[i]
		var of struct {
			Spec map[string]json.RawMessage `json:"f:spec"`
		}
		if m.FieldsV1 == nil || m.Time == nil || m.Time.Before(&metav1.Time{Time: last}) || json.Unmarshal(m.FieldsV1.GetRawBytes(), &of) != nil {
			continue
		}
		if _, sets := of.Spec["f:service"]; sets {
			last, manager = m.Time.Time, "the field manager "+m.Manager
		}
	}
	return manager
}
