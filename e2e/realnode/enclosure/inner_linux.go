package enclosure

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// socketWait is how long a program may take to accept connections on its socket.
const socketWait = time.Minute

// Inner is the first process of the enclosure: it mounts, starts the programs, and collects the children that the
// programs leave to it. It always returns an error, the reason why the enclosure cannot or can no longer run.
func Inner(spec *Spec) error {
	if os.Getpid() != 1 {
		return errors.New("not the first process of a namespace")
	}
	if err := mount(spec.Mounts); err != nil {
		return err
	}
	children := newChildren()
	for _, program := range spec.Programs {
		pid, err := start(program)
		if err != nil {
			return fmt.Errorf("starting %s: %w", program.Name, err)
		}
		children.add(pid, program)
		if program.Step {
			err = children.await(pid)
		} else if program.Socket != "" {
			err = awaitSocket(program, children)
		}
		if err != nil {
			return err
		}
	}
	for {
		if err := children.collect(0); err != nil {
			return err
		}
	}
}

// mount cuts the mount table off from the machine's and fills in what the spec asks for.
func mount(mounts []Mount) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	// Among themselves the programs share mounts, as they would on a machine: a kubelet demands it.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
		return fmt.Errorf("sharing mounts within the enclosure: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	for _, m := range mounts {
		if err := unix.Mount(m.From, m.To, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting %s on %s: %w", m.From, m.To, err)
		}
	}
	return nil
}

// start returns the id of the new process. It does not use os/exec, which would want to wait for the process itself.
func start(program Program) (int, error) {
	log, err := os.OpenFile(program.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { _ = log.Close() }()

	type result struct {
		process *os.Process
		err     error
	}
	done := make(chan result)
	go func() {
		if program.OwnNetwork {
			// The thread that enters the new network is never unlocked, so it ends with this goroutine.
			runtime.LockOSThread()
			if err := enterOwnNetwork(program.Link); err != nil {
				done <- result{err: err}
				return
			}
		}
		process, err := os.StartProcess(program.Args[0], program.Args, &os.ProcAttr{
			Env:   os.Environ(),
			Files: []*os.File{nil, log, log},
		})
		done <- result{process, err}
	}()
	started := <-done
	if started.err != nil {
		return 0, started.err
	}
	return started.process.Pid, nil
}

// enterOwnNetwork moves the calling thread into a new network namespace, brings its loopback interface up, and connects it
// where a link says how.
func enterOwnNetwork(link *Link) error {
	machine, err := netlink.NewHandle(unix.NETLINK_ROUTE) // stays in the network of its making
	if err != nil {
		return fmt.Errorf("network namespace: %w", err)
	}
	defer machine.Close()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("network namespace: %w", err)
	}
	if err := loopbackUp(); err != nil {
		return err
	}
	if link == nil {
		return nil
	}
	if err := connect(machine, link); err != nil {
		return fmt.Errorf("link to the network namespace: %w", err)
	}
	return nil
}

func loopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("network namespace: %w", err)
	}
	defer func() { _ = unix.Close(socket) }()
	loopback, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	loopback.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, loopback); err != nil {
		return fmt.Errorf("bringing loopback up: %w", err)
	}
	return nil
}

// awaitSocket polls, because a socket that is not there yet cannot be waited for in any other way.
func awaitSocket(program Program, children *children) error {
	deadline := time.Now().Add(socketWait)
	for time.Now().Before(deadline) {
		if connection, err := net.Dial("unix", program.Socket); err == nil {
			return connection.Close()
		}
		if err := children.collect(unix.WNOHANG); err != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("%s did not accept connections on %s within %s", program.Name, program.Socket, socketWait)
}
