package catalog

import (
	"fmt"
	"os"
)

// File is a source of one document: a file, or a key of a ConfigMap that is mounted as one. It is read whole each time,
// which follows the swaps of symbolic links that a mount is updated by, and needs nothing of the kernel that could run out.
type File string

// Name is the path.
func (f File) Name() string { return string(f) }

// Documents gives the file.
func (f File) Documents() ([]Document, error) {
	text, err := os.ReadFile(string(f))
	if err != nil {
		return nil, fmt.Errorf("the rules cannot be read: %w", err)
	}
	return []Document{{Name: string(f), Text: string(text)}}, nil
}
