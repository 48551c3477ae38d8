package process

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
)

// ExitError says how a process ended and shows the end of its log.
type ExitError struct {
	Name    string
	Cause   error
	LogFile string
	LogEnd  string
}

func (e *ExitError) Error() string {
	if e.LogEnd == "" {
		return fmt.Sprintf("%s ended (%v) and wrote nothing to %s", e.Name, e.Cause, e.LogFile)
	}
	return fmt.Sprintf("%s ended (%v); the end of its log, %s:\n%s", e.Name, e.Cause, e.LogFile, indent(e.LogEnd))
}

func (e *ExitError) Unwrap() error { return e.Cause }

// Tail is the last lines of a file, at most as many as asked for, or what could be read of them.
func Tail(path string, lines int) string {
	const window = 64 << 10
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	if size, err := file.Seek(0, io.SeekEnd); err == nil {
		_, _ = file.Seek(max(0, size-window), io.SeekStart)
	}
	content, _ := io.ReadAll(file)
	all := strings.Split(string(bytes.TrimSpace(content)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

func indent(text string) string { return "    " + strings.ReplaceAll(text, "\n", "\n    ") }
