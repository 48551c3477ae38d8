package faultmatrix

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"flyball.dev/flyball/e2e/faults"
	"flyball.dev/flyball/e2e/install"
	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/testcluster"
)

const (
	period = time.Second
	// rates is the range of the rates, and shown the time for which a load that has changed still counts: two scrapes more, and the
	// maximum age of a sample while no newer one comes.
	rates = 5 * time.Second
	shown = rates + 4*time.Second
	// stabilization is that of scale-down.
	stabilization = 20 * time.Second

	steadyLoad, lowLoad, highLoad = 60.0, 30.0, 90.0
)

// scene is one cluster, whose autoscaler reaches Prometheus and the API server through proxies.
type scene struct {
	ctx        context.Context
	cluster    *testcluster.Cluster
	prometheus *faults.Proxy
	api        *faults.APIServer
	audit      string
	kubeconfig string
	autoscaler *install.Program

	// The following are of one fault. leader is the process that decides, and after is what follows the verdict.
	namespace string
	leader    *install.Program
	after     func() error
	witnesses map[string]*loadWitness
}

// throughAPIProxy restarts the autoscaler so that it calls the API server through the proxy.
func (s *scene) throughAPIProxy() error {
	s.autoscaler = s.cluster.Flyball.Autoscaler
	s.leader = s.autoscaler
	config, err := clientcmd.LoadFromFile(s.autoscaler.File("kubeconfig"))
	if err != nil {
		return fmt.Errorf("the kubeconfig of the autoscaler: %w", err)
	}
	s.api, err = faults.StartAPIServer(s.cluster.Config, config.AuthInfos[config.Contexts[config.CurrentContext].AuthInfo].Token)
	if err != nil {
		return err
	}
	for _, c := range config.Clusters {
		c.Server, c.CertificateAuthority = s.api.URL, ""
	}
	s.kubeconfig = filepath.Join(s.cluster.Dir, "through-proxy.kubeconfig")
	if err := clientcmd.WriteToFile(*config, s.kubeconfig); err != nil {
		return fmt.Errorf("the kubeconfig through the proxy: %w", err)
	}
	s.autoscaler.Stop(s.ctx)
	return s.startAutoscaler()
}

func (s *scene) flags() []string { return []string{"--period=" + period.String()} }

func (s *scene) startAutoscaler() error {
	return s.autoscaler.Keep(append(s.flags(), "--kubeconfig="+s.kubeconfig)...)
}

// apps are the applications: one under a steady load, one whose load rises during the fault, and one each with damping and a window.
var apps = []struct {
	name, spec string
	load       float64
}{
	{"steady", "", steadyLoad},
	{"rising", "", lowLoad},
	{"damped", "\n  damping: {}", steadyLoad},
	{"window", "", steadyLoad},
}

const autoscaler = `
apiVersion: autoscaling.flyball.dev/v1alpha1
kind: HorizontalAutoscaler
metadata: {name: %[1]s}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}
  minReplicas: %[2]d
  maxReplicas: %[3]d
  metrics:
  - {type: Prometheus, prometheus: {query: 'sum(rate(http_requests_total{app="%[1]s"}[%[4]ds]))', target: {type: AverageValue, averageValue: "%[5]d"}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: %[6]d}}%[7]s
`

// create creates the applications and their autoscalers in a new namespace.
func (s *scene) create(namespace string) error {
	s.namespace, s.witnesses, s.after = namespace, map[string]*loadWitness{}, nil
	for _, app := range apps {
		if err := s.createTarget(app.name, app.load/each); err != nil {
			return err
		}
		s.witnesses[app.name] = &loadWitness{name: app.name, shown: shown, initial: int32(math.Ceil(app.load / each))}
		if err := s.setLoad(app.name, app.load); err != nil {
			return err
		}
		manifest := fmt.Sprintf(autoscaler, app.name, least, most, int(rates.Seconds()), int(each), int(stabilization.Seconds()), app.spec)
		if err := s.cluster.Create(s.ctx, namespace, manifest); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) createTarget(name string, replicas float64) error {
	return s.cluster.Create(s.ctx, s.namespace, testcluster.Deployment(name, "app: "+name, int32(math.Ceil(replicas)), "1s", "100m"))
}

// setLoad sets the load of an application, which the witness sees, too.
func (s *scene) setLoad(name string, perSecond float64) error {
	w := s.witnesses[name]
	w.steps = append(w.steps, step{time.Now(), perSecond})
	return s.cluster.Load.Set(s.ctx, s.namespace, name, load.Demand{Requests: perSecond})
}

// openWindow makes a window of the application window that opens and closes at times.
func (s *scene) openWindow(opens, closes time.Time) error {
	const wall = "2006-01-02T15:04:05"
	w := s.witnesses["window"]
	w.opens, w.closes = opens.Truncate(time.Second), closes.Truncate(time.Second)
	return s.cluster.Create(s.ctx, s.namespace, fmt.Sprintf(`
apiVersion: autoscaling.flyball.dev/v1alpha1
kind: ScaleWindow
metadata: {name: peak}
spec:
  targets: [{kind: HorizontalAutoscaler, name: window}]
  at: {from: %q, to: %q}
  minReplicas: %d
`, w.opens.UTC().Format(wall), w.closes.UTC().Format(wall), floor))
}
