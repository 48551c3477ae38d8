//go:build !linux && !darwin

package lease

import "errors"

func lockFile(string) error { return errors.ErrUnsupported }
