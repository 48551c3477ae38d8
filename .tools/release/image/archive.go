package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"flyball.dev/flyball/tools/release/licenses"
)

// contents is what the images of all platforms have in common.
type contents struct {
	tag      name.Tag
	revision revision
	// modules that are linked into the programs, with their licenses.
	modules []licenses.Module
}

// write writes flyball-oci.tar with all platforms, flyball-docker-ARCHITECTURE.tar for each of them, flyball.spdx.json and digest.
func (c contents) write(folder string, builds []build) error {
	base, err := c.baseLayer()
	if err != nil {
		return fmt.Errorf("layer of certificates and licenses: %w", err)
	}
	var images []v1.Image
	for _, b := range builds {
		made, err := image(b, base)
		if err != nil {
			return err
		}
		images = append(images, made)
	}
	list := index(builds, images)
	digest, err := list.Digest()
	if err != nil {
		return err
	}
	if err := writeOCI(filepath.Join(folder, "flyball-oci.tar"), c.tag, list); err != nil {
		return fmt.Errorf("OCI archive: %w", err)
	}
	for i, b := range builds {
		file := filepath.Join(folder, "flyball-docker-"+b.platform.Architecture+".tar")
		if err := tarball.WriteToFile(file, c.tag, images[i]); err != nil {
			return fmt.Errorf("docker archive: %w", err)
		}
	}
	if err := c.writeSBOM(filepath.Join(folder, "flyball.spdx.json"), digest, builds); err != nil {
		return fmt.Errorf("SBOM: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "digest"), []byte(digest.String()+"\n"), 0o644); err != nil {
		return err
	}
	fmt.Printf("%s@%s\nwritten to %s\n", c.tag, digest, folder)
	return nil
}

// writeOCI writes an OCI image layout as an archive. containerd reads the name of the image from one annotation, skopeo its tag
// from the other.
func writeOCI(file string, tag name.Tag, list v1.ImageIndex) (err error) {
	folder, err := os.MkdirTemp(filepath.Dir(file), "oci-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	err = path.AppendIndex(list, layout.WithAnnotations(map[string]string{
		"io.containerd.image.name":          tag.Name(),
		"org.opencontainers.image.ref.name": tag.TagStr(),
	}))
	if err != nil {
		return err
	}
	return create(file, func(out io.Writer) error { return archiveFolder(out, os.DirFS(folder)) })
}

// create writes a file, and returns also the error of closing it.
func create(file string, write func(io.Writer) error) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(write(out), out.Close())
}

// archiveFolder writes the files of a folder in the order of their names, without times and owners.
func archiveFolder(out io.Writer, folder fs.FS) error {
	archive := tar.NewWriter(out)
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			return err
		}
		_, err = archive.Write(content)
		return err
	})
	if err != nil {
		return err
	}
	return archive.Close()
}
