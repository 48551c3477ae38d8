package repository

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// TestDockerfileHasTheVersionOfGo compares the image that the Dockerfile builds in with go.mod.
func TestDockerfileHasTheVersionOfGo(t *testing.T) {
	module := firstMatch(t, root+"go.mod", `(?m)^go (.+)$`)
	dockerfile := firstMatch(t, root+"Dockerfile", `golang:(\S+)`)
	if dockerfile != module {
		t.Errorf("Dockerfile builds with Go %s, go.mod has %s", dockerfile, module)
	}
}

// firstMatch returns the first group of a pattern in a file.
func firstMatch(t *testing.T, file, pattern string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(pattern).FindSubmatch(text)
	if match == nil {
		t.Fatalf("%s: no match for %s", file, pattern)
	}
	return string(match[1])
}

// workflow is what the tests read of a file below .github/workflows.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Permissions map[string]string
		Steps       []struct{ Uses string }
	}
}

// TestWorkflowsArePinnedAndHaveFewPermissions holds workflows to actions by commit, which a moved tag cannot replace, and to tokens
// that write only in the workflow of releases.
func TestWorkflowsArePinnedAndHaveFewPermissions(t *testing.T) {
	files, err := filepath.Glob(root + ".github/workflows/*")
	if err != nil || len(files) < 2 {
		t.Fatalf("workflows %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var w workflow
		if err := yaml.Unmarshal(text, &w); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if w.Permissions == nil || len(w.Permissions) > 0 {
			t.Errorf("%s: permissions of the workflow: %v, want {}", file, w.Permissions)
		}
		for name, job := range w.Jobs {
			if len(job.Permissions) == 0 {
				t.Errorf("%s: job %s names no permissions", file, name)
			}
			for scope, access := range job.Permissions {
				if access != "read" && filepath.Base(file) != "release.yaml" {
					t.Errorf("%s: job %s has %s: %s", file, name, scope, access)
				}
			}
			for _, step := range job.Steps {
				if step.Uses != "" && !pinned.MatchString(step.Uses) {
					t.Errorf("%s: job %s uses %s, which is no commit", file, name, step.Uses)
				}
			}
		}
		if uses := regexp.MustCompile(`uses: \S+[^#\n]*\n`).Find(text); uses != nil {
			t.Errorf("%s: %s: no comment with the version", file, bytes.TrimSpace(uses))
		}
	}
}

var pinned = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)

// TestPluginHasTheArchivesOfARelease compares the names of archives in .krew.yaml with the platforms of .goreleaser.yaml.
func TestPluginHasTheArchivesOfARelease(t *testing.T) {
	text, err := os.ReadFile(root + ".goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var release struct {
		Builds []struct {
			Goos   []string `json:"goos"`
			Goarch []string `json:"goarch"`
		} `json:"builds"`
	}
	if err := yaml.Unmarshal(text, &release); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, system := range release.Builds[0].Goos {
		for _, architecture := range release.Builds[0].Goarch {
			extension := map[bool]string{true: "zip", false: "tar.gz"}[system == "windows"]
			want = append(want, "flyball_{{ .TagName }}_"+system+"_"+architecture+"."+extension)
		}
	}
	plugin, err := os.ReadFile(root + ".krew.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, match := range regexp.MustCompile(`/(flyball_[^"]+)" `).FindAllSubmatch(plugin, -1) {
		got = append(got, string(match[1]))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("archives of .goreleaser.yaml (-) and .krew.yaml (+):\n%s", diff)
	}
}

// TestChartNamesItsCRDs compares the annotations for Artifact Hub with the CRDs of the chart.
func TestChartNamesItsCRDs(t *testing.T) {
	text, err := os.ReadFile(root + "charts/flyball/Chart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var chart struct {
		AppVersion  string            `json:"appVersion"`
		Annotations map[string]string `json:"annotations"`
	}
	if err := yaml.Unmarshal(text, &chart); err != nil {
		t.Fatal(err)
	}
	var listed []struct{ Name string }
	if err := yaml.Unmarshal([]byte(chart.Annotations["artifacthub.io/crds"]), &listed); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, crd := range listed {
		got = append(got, crd.Name)
	}
	files, err := filepath.Glob(root + "charts/flyball/crds/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, file := range files {
		want = append(want, firstMatch(t, file, `(?m)^  name: (\S+)$`))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("CRDs (-) and the annotation artifacthub.io/crds (+):\n%s", diff)
	}
	if image := chart.Annotations["artifacthub.io/images"]; !strings.Contains(image, ":"+chart.AppVersion+"\n") {
		t.Errorf("artifacthub.io/images has no image of version %s: %s", chart.AppVersion, image)
	}
}
