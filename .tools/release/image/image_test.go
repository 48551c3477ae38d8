package main

import (
	"archive/tar"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
)

// sampleProgram shows its version and a time zone, as the programs of the image do.
const sampleProgram = `package main

import (
	"fmt"
	"time"
)

func main() {
	zone, err := time.LoadLocation("Europe/Zurich")
	fmt.Println(zone, err)
}
`

// sampleRepository makes a git repository with two small programs and a chart.
func sampleRepository(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                    "module flyball.dev/flyball\n\ngo 1.26.7\n",
		"charts/flyball/Chart.yaml": "version: 1.0.0\nappVersion: 1.2.3\n",
		"cmd/autoscaler/main.go":    sampleProgram, "cmd/metricsadapter/main.go": sampleProgram,
	} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=A", "-c", "user.email=a@flyball.test", "commit", "-q", "-m", "sample"}} {
		if _, err := git(t.Context(), folder, args...); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// makeImage runs the program over a repository and returns the folder that it wrote.
func makeImage(t *testing.T, source string) string {
	t.Helper()
	o := options{repository: "flyball.dev/flyball", source: source, output: t.TempDir(), platforms: "linux/amd64"}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o.output
}

func read(t *testing.T, elements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTwoBuildsOfACommitGiveTheSameFiles(t *testing.T) {
	source := sampleRepository(t)
	clone := filepath.Join(t.TempDir(), "in", "another", "folder")
	if output, err := exec.CommandContext(t.Context(), "git", "clone", "-q", source, clone).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	first := makeImage(t, source)
	t.Setenv("GOAMD64", "v3")
	t.Setenv("GOFLAGS", "-buildvcs=true")
	second := makeImage(t, clone)
	for _, name := range []string{"digest", "flyball-oci.tar", "flyball-docker-amd64.tar", "flyball.spdx.json"} {
		if read(t, first, name) != read(t, second, name) {
			t.Errorf("%s differs between two builds of a commit", name)
		}
	}
}

func TestOCIArchiveHasTheImageUnderItsName(t *testing.T) {
	folder := makeImage(t, sampleRepository(t))
	path := extract(t, filepath.Join(folder, "flyball-oci.tar"))
	top, err := layout.ImageIndexFromPath(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(top); err != nil {
		t.Fatal(err)
	}
	manifest, err := top.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("%d entries in index.json, want 1", len(manifest.Manifests))
	}
	if digest := strings.TrimSpace(read(t, folder, "digest")); manifest.Manifests[0].Digest.String() != digest {
		t.Errorf("index.json has %s, the file digest %s", manifest.Manifests[0].Digest, digest)
	}
	want := map[string]string{"io.containerd.image.name": "flyball.dev/flyball:1.2.3", "org.opencontainers.image.ref.name": "1.2.3"}
	if diff := cmp.Diff(want, manifest.Manifests[0].Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

// extract writes the files of an archive into a new folder.
func extract(t *testing.T, archive string) string {
	t.Helper()
	folder := t.TempDir()
	if output, err := exec.CommandContext(t.Context(), "tar", "-xf", archive, "-C", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return folder
}

func TestDockerArchiveRunsWithoutRoot(t *testing.T) {
	folder := makeImage(t, sampleRepository(t))
	image, err := tarball.ImageFromPath(filepath.Join(folder, "flyball-docker-amd64.tar"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(image); err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "65532:65532" || config.Config.Entrypoint[0] != "/autoscaler" || config.OS+"/"+config.Architecture != "linux/amd64" {
		t.Errorf("user %s, entrypoint %s, platform %s/%s", config.Config.User, config.Config.Entrypoint, config.OS, config.Architecture)
	}
	if version := config.Config.Labels["org.opencontainers.image.version"]; version != "1.2.3" {
		t.Errorf("version %q, want that of the chart", version)
	}
	if commit := config.Config.Labels["org.opencontainers.image.revision"]; len(commit) != 40 {
		t.Errorf("revision %q, want a commit of a clean work tree", commit)
	}
	modes := map[string]int64{}
	files := extractImage(t, image, modes)
	if modes["autoscaler"] != 0o755 || modes["metricsadapter"] != 0o755 || modes["etc/passwd"] != 0o644 {
		t.Errorf("modes %v", modes)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(files["etc/ssl/certs/ca-certificates.crt"]) {
		t.Error("no CA certificate can be parsed")
	}
	if !strings.Contains(string(files["licenses/modules.txt"]), "The Go Authors") {
		t.Error("the license of the standard library is missing")
	}
	if count := strings.Count(string(files["etc/ssl/certs/ca-certificates.crt"]), "BEGIN CERTIFICATE"); count < 100 {
		t.Errorf("%d CA certificates, want at least 100", count)
	}
}

// extractImage returns the files of an image, and stores their modes.
func extractImage(t *testing.T, image v1.Image, modes map[string]int64) map[string][]byte {
	t.Helper()
	flat := mutate.Extract(image)
	defer func() {
		if err := flat.Close(); err != nil {
			t.Error(err)
		}
	}()
	files := map[string][]byte{}
	for archive := tar.NewReader(flat); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
		modes[header.Name] = header.Mode
	}
}

func TestProgramsHaveTimeZones(t *testing.T) {
	folder := makeImage(t, sampleRepository(t))
	text := read(t, folder, "linux-amd64", "autoscaler")
	// The database is a zip file in the binary. The program itself names only Zurich.
	if !strings.Contains(text, "Antarctica/Troll") {
		t.Error("the program has no time zone database")
	}
}

func TestSBOMNamesProgramsAndModules(t *testing.T) {
	folder := makeImage(t, sampleRepository(t))
	document, err := spdxjson.Read(strings.NewReader(read(t, folder, "flyball.spdx.json")))
	if err != nil {
		t.Fatal(err)
	}
	if err := spdxlib.ValidateDocument(document); err != nil {
		t.Error(err)
	}
	versions := map[string]string{}
	for _, p := range document.Packages {
		if p.PackageName == "std" && p.PackageLicenseDeclared != "BSD-3-Clause" {
			t.Errorf("license of the standard library: %s", p.PackageLicenseDeclared)
		}
		versions[p.PackageName] = p.PackageVersion
	}
	if versions["autoscaler"] != "v1.2.3" || versions["metricsadapter"] != "v1.2.3" || !strings.HasPrefix(versions["std"], "1.") {
		t.Errorf("packages %v", versions)
	}
	if digest := strings.TrimSpace(read(t, folder, "digest")); versions["flyball.dev/flyball:1.2.3"] != digest {
		t.Errorf("the document is of %s, the image is %s", versions["flyball.dev/flyball:1.2.3"], digest)
	}
	if !strings.HasPrefix(versions[certificatesModule], "v0.0.0-") {
		t.Errorf("version of the CA certificates: %q", versions[certificatesModule])
	}
}

func TestValuesThatAreRefused(t *testing.T) {
	source := sampleRepository(t)
	for name, test := range map[string]struct {
		change func(*options)
		epoch  string
		want   string
	}{
		"platform":   {change: func(o *options) { o.platforms = "linux/386" }, want: `-platforms: Invalid value: "linux/386"`},
		"repository": {change: func(o *options) { o.repository = "Flyball" }, want: `-repository: Invalid value: "Flyball"`},
		"source":     {change: func(o *options) { o.source = "testdata" }, want: "-source to the folder of the repository"},
		"epoch":      {epoch: "today", want: `SOURCE_DATE_EPOCH: Invalid value: "today"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SOURCE_DATE_EPOCH", test.epoch)
			o := options{repository: "flyball.dev/flyball", source: source, output: t.TempDir(), platforms: "linux/amd64"}
			if test.change != nil {
				test.change(&o)
			}
			if err := run(t.Context(), o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
