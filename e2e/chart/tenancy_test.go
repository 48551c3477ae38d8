package chart

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/tenancy"
	"flyball.dev/flyball/metricsadapter/prom"
)

// The namespaces and the servers that the guide shows, as values of the chart, become files that the autoscaler reads, and the
// servers that the namespaces name are among the servers.
func TestTheNamespacesOfTheGuideReachTheAutoscaler(t *testing.T) {
	page, err := os.ReadFile("../../docs/tenancy.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(shown) != 2 {
		t.Fatalf("the guide shows %d files", len(shown))
	}
	// The guide shows one server beside the default one.
	servers := strings.ReplaceAll("\n"+shown[1][1]+"- {name: default, url: 'http://prometheus.monitoring:9090'}", "\n", "\n  ")
	objects := typed(t, render(t, shown[0][1]+"prometheus:\n  url: ''"+servers))
	var rules *tenancy.Rules
	var known []string
	for _, object := range objects {
		switch o := object.(type) {
		case *corev1.ConfigMap:
			if rules, err = tenancy.Load([]byte(o.Data["namespaces.yaml"])); err != nil {
				t.Fatal(err)
			}
		case *corev1.Secret:
			loaded, err := prom.Load([]byte(o.StringData["prometheus.yaml"]), "/", nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, server := range loaded {
				known = append(known, server.Name)
			}
			if loaded[0].TenantHeader != "X-Scope-Orgid" || loaded[0].Tenant != "platform" {
				t.Errorf("the tenant header is %s, and the tenant of rules %s", loaded[0].TenantHeader, loaded[0].Tenant)
			}
		case *appsv1.Deployment:
			hasFlag := slices.Contains(o.Spec.Template.Spec.Containers[0].Args, "--namespaces-config=/etc/flyball/namespaces.yaml")
			if isAutoscaler := o.Name == "flyball-autoscaler"; hasFlag != isAutoscaler {
				t.Errorf("%s has the flags %q", o.Name, o.Spec.Template.Spec.Containers[0].Args)
			}
		}
	}
	if err := rules.CheckServers(known); err != nil {
		t.Error(err)
	}
	if got := rules.For("shop-eu").TenantOf("shop-eu"); got != "team-shop" {
		t.Errorf("the tenant of shop-eu is %s", got)
	}
}
