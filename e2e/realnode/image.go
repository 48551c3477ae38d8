package realnode

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Image is a container image that holds a single static binary and runs it.
type Image struct {
	// Name with host and tag, for example flyball.dev/burner:e2e.
	Name string
	// Binary is the path of the program on this machine.
	Binary string
}

// config is what an image says about itself; the field names are those of the image format.
type config struct {
	Architecture string    `json:"architecture"`
	OS           string    `json:"os"`
	Config       runConfig `json:"config"`
	RootFS       rootFS    `json:"rootfs"`
}

type runConfig struct {
	Entrypoint []string
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

// manifest is the entry of one image in an archive as `docker save` writes it, which containerd imports.
type manifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// Write writes the image as an archive. The same binary gives the same archive.
func (i Image) Write(archive io.Writer) error {
	binary, err := os.ReadFile(i.Binary)
	if err != nil {
		return fmt.Errorf("image %s: %w", i.Name, err)
	}
	program := filepath.Base(i.Binary)
	var layer bytes.Buffer
	if err := writeTar(&layer, member{program, 0o755, binary}); err != nil {
		return fmt.Errorf("layer of image %s: %w", i.Name, err)
	}
	about, err := json.Marshal(config{
		Architecture: runtime.GOARCH,
		OS:           "linux",
		Config:       runConfig{Entrypoint: []string{"/" + program}},
		RootFS:       rootFS{Type: "layers", DiffIDs: []string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer.Bytes()))}},
	})
	if err != nil {
		return fmt.Errorf("config of image %s: %w", i.Name, err)
	}
	index, err := json.Marshal([]manifest{{Config: "config.json", RepoTags: []string{i.Name}, Layers: []string{"layer.tar"}}})
	if err != nil {
		return fmt.Errorf("manifest of image %s: %w", i.Name, err)
	}
	return writeTar(archive, member{"layer.tar", 0o644, layer.Bytes()}, member{"config.json", 0o644, about}, member{"manifest.json", 0o644, index})
}

// member is a file of a tar archive.
type member struct {
	name    string
	mode    int64
	content []byte
}

func writeTar(out io.Writer, members ...member) error {
	archive := tar.NewWriter(out)
	for _, m := range members {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: m.name, Mode: m.mode, Size: int64(len(m.content))}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(m.content); err != nil {
			return err
		}
	}
	return archive.Close()
}
