package enclosure

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// children are the processes that the first process has to collect: the programs, and every orphan of theirs.
type children struct {
	programs map[int]Program
	done     map[int]bool // steps that ended with success
}

func newChildren() *children {
	return &children{programs: map[int]Program{}, done: map[int]bool{}}
}

func (c *children) add(pid int, program Program) { c.programs[pid] = program }

// await collects children until the step with this process id has ended.
func (c *children) await(pid int) error {
	for !c.done[pid] {
		if err := c.collect(0); err != nil {
			return err
		}
	}
	return nil
}

// collect takes the exit status of one child, waiting for it unless options say WNOHANG. The error is the end of a program
// that should have gone on, or a step that failed; orphans may end as they like.
func (c *children) collect(options int) error {
	var status unix.WaitStatus
	pid, err := unix.Wait4(-1, &status, options, nil)
	switch {
	case errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return fmt.Errorf("waiting for children: %w", err)
	case pid == 0:
		return nil
	}
	program, known := c.programs[pid]
	if !known {
		return nil
	}
	delete(c.programs, pid)
	if program.Step && status.Exited() && status.ExitStatus() == 0 {
		c.done[pid] = true
		return nil
	}
	return fmt.Errorf("%s ended (%s); its log is %s", program.Name, describe(status), program.Log)
}

func describe(status unix.WaitStatus) string {
	if status.Signaled() {
		return "signal: " + status.Signal().String()
	}
	return fmt.Sprintf("exit status %d", status.ExitStatus())
}
