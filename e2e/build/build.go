package build

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"flyball.dev/flyball/e2e/process"
)

// Options say what to build, and where to.
type Options struct {
	// Folder takes the binaries; Root/.bin when empty.
	Folder string
	// RealNode adds the kubelet, what encloses it, and the container programs.
	RealNode bool
	// Output takes the progress, and what the compiler says; nothing is shown when nil.
	Output io.Writer
	// Terminal is true when Output is a screen on which a line can be written over.
	Terminal bool
}

// All builds every program and returns the folder they are in.
func All(ctx context.Context, options Options) (string, error) {
	root, err := Root(ctx)
	if err != nil {
		return "", err
	}
	if options.Folder == "" {
		options.Folder = filepath.Join(root, Folder)
	}
	if options.Output == nil {
		options.Output = io.Discard
	}
	if options.Folder, err = filepath.Abs(options.Folder); err != nil { // each module is built in its own folder
		return "", err
	}
	if err := os.MkdirAll(options.Folder, 0o755); err != nil {
		return "", err
	}
	screen := newScreen(options.Output, options.Terminal)
	defer screen.close()
	// Two builds of the same folder would each compile everything: the cache of Go holds only finished packages.
	unlock, err := process.Lock(ctx, filepath.Join(options.Folder, ".lock"), func() {
		screen.show("waiting for another build into " + options.Folder)
	})
	if err != nil {
		return "", err
	}
	defer unlock()
	version, err := module(ctx, root, "k8s.io/kubernetes", "{{.Version}}")
	if err != nil {
		return "", err
	}
	overlay, err := overlayClock(filepath.Dir(root), options.Folder)
	if err != nil {
		return "", err
	}
	all := sets(root, version, overlay, options.RealNode)
	wait := compileStandardLibrary(ctx, root)
	plan, err := newPlan(ctx, all, screen)
	wait()
	if err != nil {
		return "", err
	}
	stop := screen.follow(plan)
	defer stop()
	for _, s := range all {
		if err := s.build(ctx, options.Folder, plan); err != nil {
			return "", err
		}
	}
	if err := fetchAxe(ctx, options.Folder); err != nil {
		screen.note(fmt.Sprintf("axe-core is missing, so that tests do not check the page with it: %v", err))
	}
	return options.Folder, nil
}

// compileStandardLibrary starts on what needs no module, while the modules are fetched: the one keeps the processors busy,
// the other the network. An error of it happens again in the build, which returns it.
func compileStandardLibrary(ctx context.Context, root string) (wait func()) {
	command := set{dir: root}.command(ctx, "build", "std")
	if command.Start() != nil {
		return func() {}
	}
	return func() { _ = command.Wait() }
}

// build runs go build -v, which names each package as its turn comes.
func (s set) build(ctx context.Context, folder string, plan *plan) error {
	arguments := append([]string{"build", "-v", "-o", folder + string(filepath.Separator) + s.name}, s.flags...)
	command := s.command(ctx, append(arguments, s.packages...)...)
	stderr, err := command.StderrPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	var said []string
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if line := lines.Text(); !plan.begin(line, time.Now()) {
			said = append(said, line)
		}
	}
	if err := command.Wait(); err != nil {
		return errors.Join(fmt.Errorf("go build in %s: %w", s.dir, err), errors.New(strings.Join(said, "\n")))
	}
	return nil
}

func (s set) command(ctx context.Context, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Dir = s.dir
	// Without cgo the binaries need no C compiler here, and no C library in the images of the real node.
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if os.Getenv("GOGC") == "" {
		// The compiler spends some of its time on collecting garbage. A process that lives for a second need not;
		// the limit keeps the few large ones within the memory of a small machine.
		command.Env = append(command.Env, "GOGC=off", "GOMEMLIMIT=2GiB")
	}
	return command
}
