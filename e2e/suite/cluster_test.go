package suite

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"

	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/local"
)

// One cluster serves every story; a control plane for each would take longer than all the stories.
var (
	shared        *local.Local
	flyball       clientset.Interface
	dynamicClient dynamic.Interface
	whyNot        string
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if err := start(); err != nil {
		fmt.Fprintln(os.Stderr, "the cluster for the stories did not start:", err)
		return 1
	}
	code := m.Run()
	if shared != nil {
		if err := shared.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "the cluster left something behind:", err)
			return 1
		}
	}
	return code
}

// start builds what there is to run, and runs it. Rates are taken over ten seconds and decisions made each second, so
// that a story takes seconds where the chart's defaults would take minutes.
func start() error {
	if testing.Short() {
		whyNot = "-short leaves out the stories that need a cluster"
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	// Whoever works on the stories builds once and names the folder, rather than asking the compiler at each run.
	binaries := os.Getenv("FLYBALL_BINARIES")
	if binaries == "" {
		var err error
		if binaries, err = build.All(ctx, build.Options{Output: os.Stderr}); err != nil {
			return err
		}
	}
	started, err := local.Start(ctx, local.Options{
		Cluster: cluster.Options{Binaries: binaries, PodStart: time.Second, HPASyncPeriod: time.Second, Log: os.Stderr},
		Values:  values(),
		Rates:   10 * time.Second,
	})
	if err != nil {
		return err
	}
	shared = started
	if flyball, err = clientset.NewForConfig(shared.Config); err != nil {
		return err
	}
	dynamicClient, err = dynamic.NewForConfig(shared.Config)
	return err
}

// values are the chart's for the stories: fast, with the right to read through the APIs what the rules serve, for the
// stories in which the autoscaler has no rules, with rules that a story adds, and with the right to mark pods.
func values() map[string]any {
	return map[string]any{
		"rulesConfigMaps": map[string]any{"selector": "flyball.dev/rules=yes"},
		"autoscaler": map[string]any{
			"period":      "1s",
			"markPods":    true,
			"metricsAPIs": map[string]any{"custom": []any{"pods/http_requests_per_second", "pods/jobs_in_progress"}},
			"scalable":    []any{kinds("suite.example", "widgets")},
			"windowTargets": []any{
				kinds("autoscaling", "horizontalpodautoscalers"), kinds("batch", "cronjobs"), kinds("apps", "deployments"),
				kinds("suite.example", "widgets"),
			},
		},
		"metricsAdapter": map[string]any{"refreshPeriod": "1s"},
	}
}

func kinds(group string, resources ...any) map[string]any {
	return map[string]any{"apiGroup": group, "resources": resources}
}

func skipWithoutCluster(t *testing.T) {
	t.Helper()
	if shared == nil {
		t.Skip(whyNot)
	}
}

func requests(perSecond float64) load.Demand { return load.Demand{Requests: perSecond} }

func cores(n float64) load.Demand { return load.Demand{Cores: n} }

// load gives the application a load from now on.
func (s *story) load(app string, demand load.Demand) {
	s.t.Helper()
	if err := shared.Load.Set(s.t.Context(), s.namespace, app, demand); err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) stopAutoscaler() {
	s.t.Helper()
	shared.Flyball.Autoscaler.Stop(s.t.Context())
}

// leaseIsFree checks that the autoscaler gave its lease back at its end, so that the next one need not wait for it.
func (s *story) leaseIsFree() {
	s.t.Helper()
	if holder := s.leader(); holder != "" {
		s.t.Errorf("the lease is still held by %s", holder)
	}
}

func (s *story) startAutoscaler(flags ...string) {
	s.t.Helper()
	if err := shared.Flyball.Autoscaler.Start(flags...); err != nil {
		s.t.Fatal(err)
	}
}

// restartAutoscaler runs the autoscaler with further flags.
func (s *story) restartAutoscaler(flags ...string) {
	s.t.Helper()
	shared.Flyball.Autoscaler.Stop(context.WithoutCancel(s.t.Context()))
	s.startAutoscaler(flags...)
}

func autoscalerLog() string { return shared.Flyball.Autoscaler.LogEnd(30) }

// kubectl runs the real kubectl in the story's namespace.
func (s *story) kubectl(arguments ...string) (string, error) {
	command := exec.CommandContext(s.t.Context(), shared.Binary("kubectl"),
		append([]string{"--kubeconfig=" + shared.Kubeconfig, "--namespace=" + s.namespace}, arguments...)...)
	out, err := command.CombinedOutput()
	return string(out), err
}
