package realnode

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnImageHoldsTheProgramAndRunsIt(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "burner")
	if err := os.WriteFile(binary, []byte("not really a program"), 0o600); err != nil {
		t.Fatal(err)
	}
	image := Image{Name: "flyball.dev/burner:e2e", Binary: binary}
	var archive, again bytes.Buffer
	if err := image.Write(&archive); err != nil {
		t.Fatal(err)
	}
	if err := image.Write(&again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(archive.Bytes(), again.Bytes()) {
		t.Error("the same binary gave two different archives")
	}

	files := untar(t, archive.Bytes())
	var manifests []manifest
	unmarshal(t, files["manifest.json"], &manifests)
	want := []manifest{{Config: "config.json", RepoTags: []string{"flyball.dev/burner:e2e"}, Layers: []string{"layer.tar"}}}
	if diff := cmp.Diff(want, manifests); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	var about config
	unmarshal(t, files["config.json"], &about)
	layer := files["layer.tar"]
	if diff := cmp.Diff([]string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer))}, about.RootFS.DiffIDs); diff != "" {
		t.Errorf("layer digests (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/burner"}, about.Config.Entrypoint); diff != "" {
		t.Errorf("entrypoint (-want +got):\n%s", diff)
	}
	if got := string(untar(t, layer)["burner"]); got != "not really a program" {
		t.Errorf("the layer's burner is %q", got)
	}
}

func TestAnImageWithoutItsBinaryIsNamed(t *testing.T) {
	err := Image{Name: "flyball.dev/burner:e2e", Binary: "absent"}.Write(io.Discard)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("error %v, want that the file does not exist", err)
	}
	if want := "image flyball.dev/burner:e2e: open absent: no such file or directory"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func untar(t *testing.T, content []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	archive := tar.NewReader(bytes.NewReader(content))
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		file, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = file
	}
}

func unmarshal(t *testing.T, content []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatalf("%q: %v", content, err)
	}
}
