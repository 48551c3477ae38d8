package repository

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

// pages are the Markdown files that a user or a contributor reads.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{docs + "*.md", docs + "*/*.md", root + "*.md"} {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, matches...)
	}
	if len(all) < 20 {
		t.Fatalf("found %d pages", len(all))
	}
	return all
}

// TestExamplesCompile: a reader may paste every HorizontalAutoscaler and ScaleWindow of a page.
func TestExamplesCompile(t *testing.T) {
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```")
	autoscalers, windows := 0, 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range block.FindAllStringSubmatch(string(text), -1) {
			for document := range strings.SplitSeq(match[1], "---\n") {
				switch {
				case strings.Contains(document, "\nkind: HorizontalAutoscaler\n"):
					autoscalers++
					err = compileAutoscaler(document)
				case strings.Contains(document, "\nkind: ScaleWindow\n"):
					windows++
					err = compileWindow(document)
				}
				if err != nil {
					t.Errorf("%s: %v\n%s", page, err, document)
				}
			}
		}
	}
	if autoscalers < 5 || windows < 3 {
		t.Errorf("found %d HorizontalAutoscalers and %d ScaleWindows, want those of the README and of the guides", autoscalers, windows)
	}
}

func compileAutoscaler(document string) error {
	autoscaler := &v1alpha1.HorizontalAutoscaler{}
	if err := yaml.UnmarshalStrict([]byte(document), autoscaler); err != nil {
		return err
	}
	_, err := policy.Compile(autoscaler, policy.StandardDefaults())
	return err
}

func compileWindow(document string) error {
	window := &v1alpha1.ScaleWindow{}
	if err := yaml.UnmarshalStrict([]byte(document), window); err != nil {
		return err
	}
	_, err := policy.CompileScaleWindow(window, "", nil)
	return err
}

// TestExampleOfOtherKindsIsThePages: the file in examples is the YAML of the page.
func TestExampleOfOtherKindsIsThePages(t *testing.T) {
	guide, err := os.ReadFile(docs + "windows-for-other-kinds.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(docs + "examples/others.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(guide), string(example)) {
		t.Error("windows-for-other-kinds.md and examples/others.yaml differ")
	}
}

// TestTheJobOfThePageIsTheExample: examples/job.yaml has the autoscaler of the page, and a suspended Job.
func TestTheJobOfThePageIsTheExample(t *testing.T) {
	page, err := os.ReadFile(docs + "batch-workers.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(docs + "examples/job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	job, autoscaler, _ := strings.Cut(string(example), "\n---\n")
	if !strings.Contains(string(page), "```yaml\n"+autoscaler+"```") {
		t.Error("batch-workers.md and examples/job.yaml have different HorizontalAutoscalers")
	}
	var object batchv1.Job
	if err := yaml.UnmarshalStrict([]byte(job), &object); err != nil || object.Spec.Suspend == nil || !*object.Spec.Suspend {
		t.Errorf("the Job of examples/job.yaml is not suspended: %v", err)
	}
}

// TestTheSampleOfTheReadmeIsTheBundles: the decision below the sample in the README is one about the sample.
func TestTheSampleOfTheReadmeIsTheBundles(t *testing.T) {
	readme, err := os.ReadFile(root + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, sample, _ := strings.Cut(string(readme), "```yaml\n")
	sample, _, _ = strings.Cut(sample, "```")
	content, err := os.ReadFile(docs + "examples/web.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var autoscaler, bundled v1alpha1.HorizontalAutoscaler
	bundle := struct {
		Autoscaler *v1alpha1.HorizontalAutoscaler
	}{&bundled}
	if err := yaml.UnmarshalStrict([]byte(sample), &autoscaler); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, &bundle); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(autoscaler.Spec, bundled.Spec); diff != "" {
		t.Errorf("the specs of README.md (-) and of examples/web.yaml (+) differ:\n%s", diff)
	}
}
