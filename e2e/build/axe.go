package build

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// The release of axe-core (MPL-2.0), and the checksum that the registry states for it. Its code runs in the pages of tests and is not
// distributed.
const (
	// Axe is the file of axe-core, which checks a web page for what shuts people out. The folder has it only where npm and its registry are.
	Axe         = axePackage + ".js"
	axePackage  = "axe-core@4.14.1"
	axeChecksum = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)

// fetchAxe puts the file into the folder, unless it is there.
func fetchAxe(ctx context.Context, folder string) error {
	path := filepath.Join(folder, Axe)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	temporary, err := os.MkdirTemp(folder, "axe-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	out, err := exec.CommandContext(ctx, "npm", "pack", axePackage, "--silent", "--fetch-retries=0", "--pack-destination", temporary).CombinedOutput()
	if err != nil {
		return fmt.Errorf("npm pack %s: %w: %s", axePackage, err, bytes.TrimSpace(out))
	}
	archives, err := filepath.Glob(filepath.Join(temporary, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return errors.Join(err, fmt.Errorf("npm pack %s: got %d archives, want one", axePackage, len(archives)))
	}
	archive, err := os.ReadFile(archives[0])
	if err != nil {
		return err
	}
	if sum := sha512.Sum512(archive); base64.StdEncoding.EncodeToString(sum[:]) != axeChecksum {
		return fmt.Errorf("%s: its checksum is not the one in axe.go", axePackage)
	}
	code, err := fileOf(archive, "package/axe.min.js")
	if err != nil {
		return fmt.Errorf("%s: %w", axePackage, err)
	}
	return os.WriteFile(path, code, 0o600)
}

// fileOf returns a file of a compressed archive.
func fileOf(archive []byte, name string) ([]byte, error) {
	uncompressed, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	for files := tar.NewReader(uncompressed); ; {
		header, err := files.Next()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if header.Name == name {
			return io.ReadAll(files)
		}
	}
}
