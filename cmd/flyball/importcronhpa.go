package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
)

// cronHPAObject is what is read of a CronHorizontalPodAutoscaler.
type cronHPAObject struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        objectName `json:"metadata"`
	Spec            struct {
		ExcludeDates   []string  `json:"excludeDates"`
		ScaleTargetRef targetRef `json:"scaleTargetRef"`
		Jobs           []cronJob `json:"jobs"`
	} `json:"spec"`
}

type targetRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
}

type cronJob struct {
	Name       string `json:"name"`
	Schedule   string `json:"schedule"`
	TargetSize int32  `json:"targetSize"`
	RunOnce    bool   `json:"runOnce"`
}

// cronHPA imports a CronHorizontalPodAutoscaler. Its jobs set a count at a time; the window of each lasts until the next job.
func (im *importer) cronHPA(document []byte) error {
	var o cronHPAObject
	if err := json.Unmarshal(document, &o); err != nil {
		return err
	}
	if o.Kind != "CronHorizontalPodAutoscaler" {
		return nil
	}
	im.found++
	about := "cronhpa/" + o.Metadata.Name
	except := im.excluded(about, o.Spec.ExcludeDates)
	edges := im.edges(about, o.Spec.Jobs)
	for i := range edges {
		im.lasting(about, &o, edges, i, except)
	}
	im.wrong(about, "a job that comes due while its controller is down is lost, and the count stays what it was; a window is in force as soon as somebody looks")
	im.note(about, "its jobs run in the time zone of its controller's process, which the object does not tell; %s is taken, and --time-zone says another", im.zone)
	if next := im.clocks(im.zone); next != "" {
		im.wrong(about, "when the clocks of %s change, next on %s, jobs in the hour that is skipped are lost, and those in the hour that comes twice run twice", im.zone, next)
	}
	return nil
}

// edge is a job with its line on the clock.
type edge struct {
	job  cronJob
	line string
	when schedule.Window
}

// edges are the jobs that a cron line of five fields can tell.
func (im *importer) edges(about string, jobs []cronJob) []edge {
	var edges []edge
	for _, job := range jobs {
		about := about + ", job " + job.Name
		line, err := fiveFields(job.Schedule)
		if err != nil {
			im.leave(about, "schedule: %v", err)
			continue
		}
		if job.RunOnce {
			im.leave(about, "runOnce: it depends on when the object was made; write a window with at")
			continue
		}
		when, err := schedule.Compile(job.Name, schedule.Timing{Start: line, Duration: time.Second})
		if err != nil {
			im.leave(about, "schedule %q: %v", job.Schedule, err)
			continue
		}
		if seconds := strings.Fields(job.Schedule)[0]; len(strings.Fields(job.Schedule)) == 6 && strings.Trim(seconds, "0") != "" {
			im.note(about, "schedule %q begins at second %s, its window at the full minute", job.Schedule, seconds)
		}
		edges = append(edges, edge{job, line, when})
	}
	return edges
}

var shortForms = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// fiveFields makes our form of a line with seconds, or of a short form.
func fiveFields(line string) (string, error) {
	if short, known := shortForms[strings.TrimSpace(line)]; known {
		return short, nil
	}
	fields := strings.Fields(line)
	switch {
	case strings.HasPrefix(line, "@date"):
		return "", fmt.Errorf("%q is a single time, and nothing tells how long its count is to hold; write a window with at", line)
	case strings.HasPrefix(line, "@"):
		return "", fmt.Errorf("%q has no place on the clock; write a window with start and end", line)
	case len(fields) != 6:
		return "", fmt.Errorf("%q has %d fields, where its controller takes six, seconds first", line, len(fields))
	}
	return strings.ReplaceAll(strings.Join(fields[1:], " "), "?", "*"), nil
}

// lasting adds the windows of one job, each of which lasts until the job that follows.
func (im *importer) lasting(about string, o *cronHPAObject, edges []edge, i int, except []v1alpha1.Dates) {
	e := &edges[i]
	about += ", job " + e.job.Name
	ends, err := followers(edges, i)
	if err != nil {
		im.leave(about, "%v", err)
		return
	}
	for _, end := range ends {
		size := e.job.TargetSize
		w := v1alpha1.Window{Start: &end.start, End: &edges[end.follower].line, TimeZone: im.zone, Except: except}
		if o.Spec.ScaleTargetRef.Kind == "HorizontalPodAutoscaler" {
			w.MinReplicas = &size
		} else {
			w.Replicas = &size
		}
		ref := o.Spec.ScaleTargetRef
		im.add(about, objectName{o.Metadata.Name + "-" + e.job.Name, o.Metadata.Namespace},
			v1alpha1.WindowTarget{Kind: ref.Kind, APIVersion: ref.APIVersion, Name: ref.Name}, w)
	}
}
