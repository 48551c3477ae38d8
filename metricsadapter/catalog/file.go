package catalog

import (
	"fmt"
	"os"
)

// File is a source of one document: a file, or a mounted key of a ConfigMap. It is read completely each time, which
// follows the symbolic link updates of a mount, and does not depend on inotify limits.
type File string

// Name is the path.
func (f File) Name() string { return string(f) }

// Documents returns the file.
func (f File) Documents() ([]Document, error) {
	text, err := os.ReadFile(string(f))
	if err != nil {
		return nil, fmt.Errorf("cannot read the rules: %w", err)
	}
	return []Document{{Name: string(f), Text: string(text)}}, nil
}
