//go:build !linux

package process

import "syscall"

// attributes puts the child in a group of its own. Only Linux can have a child killed when its parent dies.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
