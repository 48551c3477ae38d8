package dashboard

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/cmd/flyball/internal/cluster"
)

// New returns flyball dashboard.
func New() *cobra.Command {
	from := cluster.New()
	var noBrowser bool
	port := 0
	command := &cobra.Command{
		Use:   "dashboard",
		Short: "Open the web page of the autoscaler in a browser",
		Long: `Open the web page of the autoscaler: the autoscalers sorted by trouble, and for each its time line, its current decision step by
step, the age of its samples, what happens next and what blocks it. The page is read-only.

The command forwards a port of this machine to the leader's pod, adds the credentials of the kubeconfig to each request, and runs
until it is interrupted. The page shows the namespaces in which these credentials may list horizontalautoscalers. Reaching the pod
requires the rights to get leases and create pods/portforward in the autoscaler's namespace, or --autoscaler-url.

The printed address has a secret, because other users of this machine could open the port, too. It becomes a cookie of the browser;
a request without it gets no answer from the autoscaler. Do not pass the address on.

Exit codes:
  0  interrupted
  2  the command line is invalid, or the autoscaler does not answer`,
		Example: `  # Open the page in a browser
  flyball dashboard

  # Print the address and open no browser, on a port of your choice
  flyball dashboard --no-browser --port 8080`,
		Args: cobra.NoArgs,
	}
	flags := command.Flags()
	flags.BoolVar(&noBrowser, "no-browser", false, "Print the address, and open no browser.")
	flags.IntVar(&port, "port", port, "The port on 127.0.0.1 to listen on; 0 for a free one.")
	from.AddFlags(flags)
	from.AddAutoscalerFlags(flags)
	command.RunE = func(command *cobra.Command, _ []string) error {
		if port < 0 || port > 65535 {
			return fmt.Errorf("--port %d: must be from 0 to 65535", port)
		}
		ctx := command.Context()
		target, transport, err := from.Web(ctx)
		if err != nil {
			return err
		}
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return fmt.Errorf("--port %d: %w", port, err)
		}
		p := newProxy(listener.Addr().String(), target, transport)
		if _, err := fmt.Fprintf(command.OutOrStdout(), "%s\n", p.address()); err != nil {
			return err
		}
		if !noBrowser {
			if err := browse(ctx, p.address()); err != nil {
				_, _ = fmt.Fprintf(command.ErrOrStderr(), "Note: no browser was opened: %v; open the address yourself\n", err) // the page is served anyway
			}
		}
		return serve(ctx, listener, p)
	}
	return command
}

// browse opens an address in the browser of the desktop.
func browse(ctx context.Context, address string) error {
	program := []string{"xdg-open", address}
	switch runtime.GOOS {
	case "darwin":
		program = []string{"open", address}
	case "windows":
		program = []string{"rundll32", "url.dll,FileProtocolHandler", address}
	}
	return exec.CommandContext(ctx, program[0], program[1:]...).Start()
}
