package install

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/chart"
	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/process"
)

// tokenLifetime is how long a program may act as its ServiceAccount, in seconds: longer than any run.
const tokenLifetime = 24 * 60 * 60

// Program is one of Flyball's two, running beside the cluster as its pod would in it.
type Program struct {
	// URL is where it serves its probes, and the adapter its APIs: on loopback.
	URL string

	name string
	// binary is what it runs; that of its name when empty.
	binary  string
	cluster *cluster.Cluster
	// surroundings are the flags for what a pod would get otherwise, given the kubeconfig of its ServiceAccount.
	surroundings func(kubeconfig string) []string
	args, env    []string
	// hosts is its file of host names; that of the machine when empty.
	hosts string
	// account is its ServiceAccount, and credential the id of its token in the API server's audit log.
	account, credential string

	mu      sync.Mutex
	process *process.Process
	// kept ends the restarts of Keep; nil without them.
	kept context.CancelFunc
}

// Replica is another process of the autoscaler, as a Deployment of two has it: of its Deployment's arguments, under its
// account, with a name for its log, a port for its probes and a token of its own. It does not run yet.
func (i *Installation) Replica(ctx context.Context, name string) (*Program, error) {
	port, err := cluster.FreePort()
	if err != nil {
		return nil, err
	}
	p := i.Autoscaler
	kubeconfig := filepath.Join(p.cluster.Dir, name+".kubeconfig")
	replica := &Program{
		URL: fmt.Sprintf("https://127.0.0.1:%d", port), name: name, binary: cmp.Or(p.binary, p.name), cluster: p.cluster,
		args: append(append(slices.Clone(p.args), "--kubeconfig="+kubeconfig, // and the volumes of a pod of its own
			"--leader-elect-identity-file="+filepath.Join(p.cluster.Dir, name+".identity")), onLoopback(port)...),
	}
	return replica, replica.writeKubeconfig(ctx, kubeconfig, p.account)
}

// Shifted is a replica whose clock is ahead of the machine's.
func (i *Installation) Shifted(ctx context.Context, name string, ahead time.Duration) (*Program, error) {
	p, err := i.Replica(ctx, name)
	if err != nil {
		return nil, err
	}
	p.binary, p.env = build.Shifted, []string{build.ClockAhead + "=" + ahead.String()}
	return p, nil
}

// prepare gathers what the pod of the program's Deployment would be given.
func (p *Program) prepare(ctx context.Context, rendered *chart.Rendered) error {
	workload, err := findPod(rendered, p.name)
	if err != nil {
		return err
	}
	dir := filepath.Join(p.cluster.Dir, p.name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := workload.writeVolumes(dir, rendered); err != nil {
		return err
	}
	kubeconfig := filepath.Join(dir, "kubeconfig")
	p.account = workload.spec.ServiceAccountName
	if err := p.writeKubeconfig(ctx, kubeconfig, p.account); err != nil {
		return err
	}
	p.args = append(workload.args(dir), p.surroundings(kubeconfig)...)
	return nil
}

// writeKubeconfig asks the API server for a token of the ServiceAccount, as the kubelet does for a pod.
func (p *Program) writeKubeconfig(ctx context.Context, path, account string) error {
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: new(int64(tokenLifetime))}}
	answer, err := p.cluster.Client.CoreV1().ServiceAccounts(Namespace).CreateToken(ctx, account, request, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("token of ServiceAccount %s: %w", account, err)
	}
	if p.credential, err = credentialID(answer.Status.Token); err != nil {
		return err
	}
	return p.cluster.WriteKubeconfig(path, cluster.Credentials{Token: answer.Status.Token})
}

// credentialID returns the id that the API server's audit log has for a token: that of its claims.
func credentialID(token string) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errors.New("the token of a ServiceAccount is not a JSON Web Token")
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", fmt.Errorf("decoding the claims of a token: %w", err)
	}
	var id struct{ JTI string }
	if err := json.Unmarshal(claims, &id); err != nil {
		return "", fmt.Errorf("decoding the claims of a token: %w", err)
	}
	return "JTI=" + id.JTI, nil
}

// Credential returns the id of the program's token in the API server's audit log. Each replica has one of its own, which it keeps
// over its starts.
func (p *Program) Credential() string { return p.credential }

// Start runs the program, with further flags after those of its Deployment, so that they win.
func (p *Program) Start(flags ...string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.start(flags)
}

// start starts the process. The caller holds the lock.
func (p *Program) start(flags []string) error {
	if p.process != nil {
		return fmt.Errorf("%s runs already", p.name)
	}
	spec := process.Spec{Name: p.name, Path: p.cluster.Binary(cmp.Or(p.binary, p.name)), Args: slices.Concat(p.args, flags), Env: p.env}
	if p.hosts != "" {
		spec.Args = append(bindHosts(p.hosts), append([]string{spec.Path}, spec.Args...)...)
		spec.Path = "unshare"
	}
	running, err := p.cluster.Run(spec)
	if err != nil {
		return err
	}
	p.process = running
	return nil
}

// restartDelay is the time after which Keep starts a program again. A kubelet begins with 10 s.
const restartDelay = time.Second

// Keep runs the program like Start, and again after each end that is not by Stop or Kill, as a kubelet does.
func (p *Program) Keep(flags ...string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.start(flags); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(p.cluster.Context())
	p.kept = cancel
	p.cluster.Release(p.process)
	go p.restart(ctx, flags)
	return nil
}

// restart starts the program again whenever it ends, until ctx ends.
func (p *Program) restart(ctx context.Context, flags []string) {
	for {
		p.mu.Lock()
		running := p.process
		p.mu.Unlock()
		if running == nil {
			return
		}
		select {
		case <-ctx.Done():
			running.Stop(context.WithoutCancel(ctx)) // also one that ended with the cluster, which does not know it
			return
		case <-running.Done():
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(restartDelay):
		}
		p.mu.Lock()
		if ctx.Err() == nil && p.process == running {
			p.process = nil
			if err := p.start(flags); err == nil {
				p.cluster.Release(p.process)
			}
		}
		p.mu.Unlock()
	}
}

// detach returns the running process, which the caller ends; nil if none runs. Keep does not start it again.
func (p *Program) detach() *process.Process {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept != nil {
		p.kept()
		p.kept = nil
	}
	taken := p.process
	p.process = nil
	return taken
}

// running returns the process; nil if none runs.
func (p *Program) running() *process.Process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.process
}

// Stop asks the program to end and waits until it has. Its death is then no failure of the cluster.
func (p *Program) Stop(ctx context.Context) {
	if taken := p.detach(); taken != nil {
		p.cluster.Release(taken)
		taken.Stop(ctx)
	}
}

// Kill ends the program as a crash does: it has no time to give anything back, such as its lease.
func (p *Program) Kill() {
	if taken := p.detach(); taken != nil {
		p.cluster.Release(taken)
		taken.Kill()
	}
}

// Freeze stops the program as SIGSTOP does, until Thaw. Its end after that is no failure of the cluster.
func (p *Program) Freeze() {
	running := p.running()
	p.cluster.Release(running)
	running.Freeze()
}

// Thaw continues the program. The channel is closed when it has ended.
func (p *Program) Thaw() <-chan struct{} {
	running := p.running()
	running.Thaw()
	return running.Done()
}

// Get reads a path that the program serves, as the cluster's administrator.
func (p *Program) Get(ctx context.Context, path string) ([]byte, error) {
	return p.cluster.Ask(ctx, p.URL+path)
}

// Ready returns an error while the program is not ready.
func (p *Program) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := p.Get(ctx, "/readyz")
	return err
}

// PID is the process id of the running program; 0 when it does not run.
func (p *Program) PID() int {
	running := p.running()
	if running == nil {
		return 0
	}
	return running.PID()
}

// File is where a file of the program's pod is here, by its path in the pod.
func (p *Program) File(path string) string { return filepath.Join(p.cluster.Dir, p.name, path) }

// Log returns what the program wrote, over all its starts.
func (p *Program) Log() (string, error) {
	text, err := os.ReadFile(filepath.Join(p.cluster.Dir, p.name+".log"))
	return string(text), err
}

// LogEnd is the end of what the program wrote, over all its starts.
func (p *Program) LogEnd(lines int) string {
	return process.Tail(filepath.Join(p.cluster.Dir, p.name+".log"), lines)
}

// errNoPod is wrapped when the chart renders no Deployment for a program.
var errNoPod = errors.New("the chart renders no Deployment with a container of this name")
