package repository

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

// TestExamplesCompile: an autoscaler in a page is one that a reader may paste.
func TestExamplesCompile(t *testing.T) {
	pages, err := filepath.Glob(docs + "*.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```")
	tried := 0
	for _, page := range append(pages, root+"README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range block.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(match[1], "\nkind: HorizontalAutoscaler\n") {
				continue
			}
			tried++
			autoscaler := &v1alpha1.HorizontalAutoscaler{}
			if err := yaml.UnmarshalStrict([]byte(match[1]), autoscaler); err != nil {
				t.Errorf("%s: %v\n%s", page, err, match[1])
				continue
			}
			if _, err := policy.Compile(autoscaler, policy.StandardDefaults()); err != nil {
				t.Errorf("%s: %v\n%s", page, err, match[1])
			}
		}
	}
	if tried < 2 {
		t.Errorf("found %d examples, want those of the README and of the guides", tried)
	}
}

// TestExampleWindowsCompile: so is each ScaleWindow.
func TestExampleWindowsCompile(t *testing.T) {
	tried := 0
	const page = "windows.md"
	text, err := os.ReadFile(docs + page)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for document := range strings.SplitSeq(block[1], "---\n") {
			if !strings.Contains(document, "\nkind: ScaleWindow\n") {
				continue
			}
			tried++
			window := &v1alpha1.ScaleWindow{}
			if err := yaml.UnmarshalStrict([]byte(document), window); err != nil {
				t.Errorf("%s: %v\n%s", page, err, document)
			} else if _, err := policy.CompileScaleWindow(window, ""); err != nil {
				t.Errorf("%s: %v\n%s", page, err, document)
			}
		}
	}
	if tried < 3 {
		t.Errorf("found %d ScaleWindows, want those of the guide", tried)
	}
}

// TestExampleOfOthersIsTheGuides: the file in examples is what the guide shows.
func TestExampleOfOthersIsTheGuides(t *testing.T) {
	guide, err := os.ReadFile(docs + "windows.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(docs + "examples/others.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(guide), string(example)) {
		t.Error("windows.md shows another text than examples/others.yaml has")
	}
}

// TestTheJobOfThePageIsTheExample: the page has the autoscaler, and the file that a reader may apply has its Job, too.
func TestTheJobOfThePageIsTheExample(t *testing.T) {
	page, err := os.ReadFile(docs + "jobs.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(docs + "examples/job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	job, autoscaler, _ := strings.Cut(string(example), "\n---\n")
	if !strings.Contains(string(page), "```yaml\n"+autoscaler+"```") {
		t.Error("jobs.md shows another HorizontalAutoscaler than examples/job.yaml has")
	}
	var object batchv1.Job
	if err := yaml.UnmarshalStrict([]byte(job), &object); err != nil || object.Spec.Suspend == nil || !*object.Spec.Suspend {
		t.Errorf("the Job of examples/job.yaml is to be suspended: %v", err)
	}
}
