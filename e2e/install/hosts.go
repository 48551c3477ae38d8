package install

import (
	"context"
	"fmt"
	"os/exec"
)

// ResolveBy has the program resolve host names by a file from its next start on, as if it ran where the names of Services resolve; an
// empty name is the file of the machine. It fails where the machine has no user namespaces.
func (p *Program) ResolveBy(ctx context.Context, hosts string) error {
	if hosts != "" {
		if out, err := exec.CommandContext(ctx, "unshare", append(bindHosts(hosts), "true")...).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	p.hosts = hosts
	return nil
}

// bindHosts are the arguments of unshare that put a file over /etc/hosts for the command after them.
func bindHosts(hosts string) []string {
	return []string{"--map-root-user", "--mount", "sh", "-c", `mount --bind "$0" /etc/hosts && exec "$@"`, hosts}
}
