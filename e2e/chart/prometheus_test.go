package chart

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/prom/sigv4"
)

// The values that the guide shows give both programs a file that they read, and every file that it names is mounted.
func TestTheServersOfTheGuideReachBothPrograms(t *testing.T) {
	text, err := os.ReadFile("../../docs/prometheus.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```yaml\n(prometheus:.*?)```").FindStringSubmatch(string(text))
	if shown == nil {
		t.Fatal("the guide shows no values")
	}
	var servers []prom.Options
	programs := 0
	objects := typed(t, render(t, shown[1]))
	for _, object := range objects {
		if secret, ok := object.(*corev1.Secret); ok {
			if servers, err = prom.Load([]byte(secret.StringData["prometheus.yaml"]), "/etc/flyball-prometheus", sigv4.Read); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(servers) != 1 {
		t.Fatalf("the servers are %v", servers)
	}
	for _, object := range objects {
		deployment, ok := object.(*appsv1.Deployment)
		if !ok {
			continue
		}
		programs++
		container := deployment.Spec.Template.Spec.Containers[0]
		if !slices.Contains(container.Args, "--prometheus-config=/etc/flyball-prometheus/prometheus.yaml") {
			t.Errorf("%s has the flags %q", deployment.Name, container.Args)
		}
		for _, file := range []string{
			"/etc/flyball-prometheus/prometheus.yaml", servers[0].HTTP.BasicAuth.PasswordFile, servers[0].HTTP.TLSConfig.CAFile,
		} {
			if !slices.ContainsFunc(container.VolumeMounts, func(m corev1.VolumeMount) bool { return strings.HasPrefix(file, m.MountPath+"/") }) {
				t.Errorf("%s has nothing mounted for %s", deployment.Name, file)
			}
		}
	}
	if programs != 2 {
		t.Errorf("there are %d programs", programs)
	}
}
