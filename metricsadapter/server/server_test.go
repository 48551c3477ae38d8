package server

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kube-openapi/pkg/validation/spec"
	customv1beta2 "k8s.io/metrics/pkg/apis/custom_metrics/v1beta2"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/provider"
	"flyball.dev/flyball/metricsadapter/rule"
)

func parse(t *testing.T, args ...string) *Options {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	o := NewOptions(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestFlags(t *testing.T) {
	o := parse(t, "--prometheus-url=http://localhost:9090", "--rules=r.yaml")
	if err := o.validate(); err != nil {
		t.Error(err)
	}
	if o.base.SecureServing.BindPort != 6443 {
		t.Errorf("the port is %d", o.base.SecureServing.BindPort)
	}
	if o.rules.DiscoveryInterval != time.Minute {
		t.Errorf("series are asked for each %s", o.rules.DiscoveryInterval)
	}
	if err := parse(t, "--prometheus-config=p.yaml", "--rules=r.yaml").validate(); err != nil {
		t.Error(err)
	}
	for _, args := range [][]string{
		{"--prometheus-url=http://localhost:9090", "--prometheus-config=p.yaml", "--rules=r.yaml"},
		{"--prometheus-url=http://me:s3cret@localhost:9090", "--rules=r.yaml"},
	} {
		if err := parse(t, args...).validate(); err == nil || !strings.Contains(err.Error(), "--prometheus-url") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v gave the error %v", args, err)
		}
	}
	for _, test := range []struct{ flags, says string }{
		{"--apiservices=a", "--service: is required with --apiservices"},
		{"--apiservices=a --service=b", `--service "b": must be namespace/name`},
		{"--apiservices=a --service=b/c --tls-cert-file=d", "leave out --tls-cert-file and --cert-dir"},
		{"--apiservices=a --service=b/c --cert-dir=d", "leave out --tls-cert-file and --cert-dir"},
		{"--serving-certificate-lifetime=1s", "--serving-certificate-lifetime 1s: must be between 10s and 8760h0m0s"},
	} {
		if err := parse(t, append(strings.Fields(test.flags), "--prometheus-url=http://localhost:9090", "--rules=r.yaml")...).validate(); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s gave the error %v, want %q", test.flags, err, test.says)
		}
	}
	err := parse(t, "--discovery-interval=1ms", "--rules-configmap-selector=a b", "--refresh-period=0s", "--refresh-offset=1s", "--refresh-spread=-1s", "--prometheus-timeout=1ms", "--prometheus-max-concurrency=0").validate()
	for _, flag := range []string{"--prometheus-url", "--rules", "--refresh-period", "--refresh-offset", "--refresh-spread", "--prometheus-timeout", "--prometheus-max-concurrency", "--discovery-interval", "--rules-configmap-selector", "--rules-configmap-namespace"} {
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("the refusal does not name %s: %v", flag, err)
		}
	}
}

func TestKubeconfigIsTheDefaultOfTheOthers(t *testing.T) {
	o := parse(t, "--kubeconfig=all", "--authorization-kubeconfig=own")
	o.spreadKubeconfig()
	got := []string{o.base.RemoteKubeConfigFile, o.base.Authentication.RemoteKubeConfigFile, o.base.Authorization.RemoteKubeConfigFile}
	if diff := cmp.Diff([]string{"all", "all", "own"}, got); diff != "" {
		t.Errorf("kubeconfigs (-want +got):\n%s", diff)
	}
}

func TestInvalidRuleDoesNotStopTheAdapter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("custom: [{name: bad}, {name: good, query: 'sum by (namespace, pod) (x)'}]")
	rules, err := parse(t, "--rules="+path).rules.Open(t.Context(), nil, nil, nil)
	if err != nil || len(rules.Rules().Custom) != 1 {
		t.Errorf("got %v, %v; want the good rule", rules, err)
	}
	write("custom: {")
	if _, err := parse(t, "--rules="+path).rules.Open(t.Context(), nil, nil, nil); err == nil || !strings.Contains(err.Error(), "--rules: "+path) {
		t.Errorf("a broken file gave the error %v", err)
	}
	if _, err := parse(t, "--rules="+path+".none").rules.Open(t.Context(), nil, nil, nil); err == nil || !strings.Contains(err.Error(), "--rules") {
		t.Errorf("a missing file gave the error %v", err)
	}
}

func TestInformersKeepOnlyNamesAndLabels(t *testing.T) {
	kept, err := strip(&metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
		Name: "web-1", Namespace: "shop", UID: "u", ResourceVersion: "7",
		Labels: map[string]string{"app": "web"}, Annotations: map[string]string{"long": "text"},
		ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "x"}}, OwnerReferences: []metav1.OwnerReference{{Name: "rs"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
		Name: "web-1", Namespace: "shop", UID: "u", ResourceVersion: "7", Labels: map[string]string{"app": "web"},
	}}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

// The definitions are written by hand, so they are held against the types.
func TestDefinitionsMatchTheTypes(t *testing.T) {
	all := definitions(func(name string) spec.Ref { return spec.MustCreateRef(name) })
	for name, of := range map[string]any{
		podMetrics: v1beta1.PodMetrics{}, podMetricsList: v1beta1.PodMetricsList{}, nodeMetrics: v1beta1.NodeMetrics{},
		nodeMetricsList: v1beta1.NodeMetricsList{}, containerMetrics: v1beta1.ContainerMetrics{},
	} {
		definition, ok := all[name]
		if !ok {
			t.Errorf("%s has no definition", name)
			continue
		}
		var got []string
		for property := range definition.Schema.Properties {
			got = append(got, property)
		}
		slices.Sort(got)
		if diff := cmp.Diff(fieldsOf(reflect.TypeOf(of)), got); diff != "" {
			t.Errorf("properties of %s (-type +definition):\n%s", name, diff)
		}
		for _, needed := range definition.Dependencies {
			if _, ok := all[needed]; !ok {
				t.Errorf("%s needs %s, which has no definition", name, needed)
			}
		}
	}
}

// fieldsOf returns the JSON names of a type's fields, those of its embedded TypeMeta included.
func fieldsOf(of reflect.Type) []string {
	var names []string
	for field := range of.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name != "":
			names = append(names, name)
		case field.Anonymous:
			names = append(names, fieldsOf(field.Type)...)
		}
	}
	slices.Sort(names)
	return names
}

func TestMetricsAreListedWithTheirVersion(t *testing.T) {
	loaded, problems, err := rule.Load([]byte("custom: [{name: requests, query: 'sum by (namespace, pod) (x)'}]"))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	rules, _ := loaded.Resolve(nil, rule.Builtin)
	lister := cma.NewCustomMetricResourceLister(provider.NewCustom(rules, nil, nil))
	got := resourcesOf(customv1beta2.SchemeGroupVersion, lister)
	if len(got) != 1 || got[0].Name != "pods/requests" || (schema.GroupVersion{Group: got[0].Group, Version: got[0].Version}) != customv1beta2.SchemeGroupVersion {
		t.Errorf("the list is %+v", got)
	}
}
