package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// user is the number of the user and of the group that the programs run as; the chart has the same.
const user = 65532

// file is a file or, with a slash at the end of its name, a folder of a layer.
type file struct {
	name    string
	mode    int64
	content []byte
}

// baseLayer holds what the programs read of a file system, which are CA certificates for Prometheus servers with public names, a
// name for the user, and the licenses of all modules. The certificates are Mozilla's, from a Go module whose checksum go.sum has;
// the file of this machine would give another digest on another machine.
func (c contents) baseLayer() (v1.Layer, error) {
	return layer(c.revision.created,
		file{"etc/", 0o755, nil},
		file{"etc/group", 0o644, fmt.Appendf(nil, "nonroot:x:%d:\n", user)},
		file{"etc/passwd", 0o644, fmt.Appendf(nil, "nonroot:x:%d:%d:nonroot:/:/sbin/nologin\n", user, user)},
		file{"etc/ssl/", 0o755, nil},
		file{"etc/ssl/certs/", 0o755, nil},
		file{"etc/ssl/certs/ca-certificates.crt", 0o644, certificates()},
		file{"licenses/", 0o755, nil},
		file{"licenses/modules.txt", 0o644, c.licenseTexts()},
	)
}

// licenseTexts are the licenses and notices of the modules in the programs, which they require to accompany binaries.
func (c contents) licenseTexts() []byte {
	var text bytes.Buffer
	for _, m := range c.modules {
		fmt.Fprintf(&text, "%s %s: %s\n\n%s\n", m.Path, m.Version, m.Expression(), m.Text)
	}
	return text.Bytes()
}

// certificates are the CA certificates in PEM. It leaves out those that Mozilla trusts only for certificates issued before some
// date: a file cannot say that, and a server of such a CA can be trusted by a file of its own.
func certificates() []byte {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			text.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
		}
	}
	return text.Bytes()
}

// programLayer holds one program at the root of the file system.
func programLayer(created time.Time, binary string) (v1.Layer, error) {
	content, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	return layer(created, file{path.Base(binary), 0o755, content})
}

func layer(created time.Time, files ...file) (v1.Layer, error) {
	var text bytes.Buffer
	archive := tar.NewWriter(&text)
	for _, f := range files {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.content)), ModTime: created, Format: tar.FormatUSTAR}
		if f.name[len(f.name)-1] == '/' {
			header.Typeflag = tar.TypeDir
		}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}
