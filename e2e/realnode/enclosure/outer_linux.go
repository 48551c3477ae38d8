package enclosure

import (
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
)

// Outer makes the namespaces and starts self, a command line that ends up in Inner, as the first process in them. It returns once
// everything inside is gone: the kernel reports the end of a namespace's first process only after that of all others.
func Outer(self []string) error {
	// The parent-death signal is bound to the thread that starts the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	inner := exec.Command(self[0], self[1:]...)
	inner.Stdout, inner.Stderr = os.Stdout, os.Stderr
	inner.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if err := inner.Start(); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		for range stop {
			_ = inner.Process.Kill()
		}
	}()
	return inner.Wait()
}
