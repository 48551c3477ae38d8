package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Spec says what to run.
type Spec struct {
	// Name is what the process is called in messages and in its log's file name.
	Name string
	// Path of the binary.
	Path string
	// Args without the program's name.
	Args []string
	// Env is added to the parent's environment, as KEY=value.
	Env []string
	// Dir is the folder that the process runs in and that its log, Name.log, is appended to. It must exist.
	Dir string
	// Grace is how long Stop waits after SIGTERM before SIGKILL; 0 is five seconds.
	Grace time.Duration
}

// Process is a running child.
type Process struct {
	spec  Spec
	pid   int
	log   string
	done  chan struct{}
	cause error // why it ended; written before done closes
}

// Start runs spec and returns once the process exists.
func Start(spec Spec) (*Process, error) {
	if spec.Grace == 0 {
		spec.Grace = 5 * time.Second
	}
	p := &Process{spec: spec, log: filepath.Join(spec.Dir, spec.Name+".log"), done: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", spec.Name, err)
	}
	command := exec.Command(spec.Path, spec.Args...)
	command.Dir = spec.Dir
	command.Env = append(os.Environ(), spec.Env...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = attributes()

	started := make(chan error)
	go p.run(command, log, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", spec.Name, err)
	}
	return p, nil
}

// run starts the command and waits for it on one thread that it keeps to itself: the kernel sends the parent-death
// signal when the thread that started the child ends, not when the process does.
func (p *Process) run(command *exec.Cmd, log *os.File, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer func() { _ = log.Close() }()
	err := command.Start()
	if err == nil {
		p.pid = command.Process.Pid
	}
	started <- err
	if err != nil {
		return
	}
	p.cause = command.Wait()
	if p.cause == nil {
		p.cause = errors.New("exited with status 0")
	}
	close(p.done)
}

// Name of the process, as in its spec.
func (p *Process) Name() string { return p.spec.Name }

// Spec is what the process was started from.
func (p *Process) Spec() Spec { return p.spec }

// PID is the process id, and the id of its group.
func (p *Process) PID() int { return p.pid }

// LogFile is the path of the file that takes its output.
func (p *Process) LogFile() string { return p.log }

// Done is closed once the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is nil while the process runs; after that it says how the process ended, with the end of its log.
func (p *Process) Err() error {
	select {
	case <-p.done:
		return &ExitError{Name: p.spec.Name, Cause: p.cause, LogFile: p.log, LogEnd: Tail(p.log, 20)}
	default:
		return nil
	}
}

// Stop ends the process and everything in its group: SIGTERM, and SIGKILL after the grace period or once ctx is done.
// It returns when the process is gone; stopping one that has ended is no error.
func (p *Process) Stop(ctx context.Context) {
	defer p.signal(syscall.SIGKILL) // for what the process started and left
	p.signal(syscall.SIGTERM)
	grace := time.NewTimer(p.spec.Grace)
	defer grace.Stop()
	select {
	case <-p.done:
		return
	case <-ctx.Done():
	case <-grace.C:
	}
	p.signal(syscall.SIGKILL)
	<-p.done
}

// Kill ends the process and its group at once, without asking: a crash, as a test wants it.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// Freeze stops the process and its group as SIGSTOP does: connections stay open, and nothing answers until Thaw.
func (p *Process) Freeze() { p.signal(syscall.SIGSTOP) }

// Thaw continues a frozen process and its group.
func (p *Process) Thaw() { p.signal(syscall.SIGCONT) }

func (p *Process) signal(signal syscall.Signal) { _ = syscall.Kill(-p.pid, signal) }
