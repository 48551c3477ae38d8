package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Check is a check, which finds at most one finding of its name for each object.
type Check struct {
	// ID is the name of the check, and of the section of docs/doctor.md about it.
	ID string
	// Needs are the resources that it reads beside the autoscalers.
	Needs []string
	// of examines an autoscaler; whole examines the cluster.
	of    func(c *call, s *subject)
	whole func(c *call)
}

// call is one check of one autoscaler, or of the cluster.
type call struct {
	*examination
	id string
}

// examination is one run of all checks.
type examination struct {
	snapshot  *Snapshot
	subjects  []*subject
	workloads map[key]*workload
	// pods are those of each namespace.
	pods     map[string][]*corev1.Pod
	findings []Finding
}

// Examine returns the findings about a snapshot, and why each autoscaler has its replica count.
func Examine(s *Snapshot) *Report {
	e := &examination{snapshot: s, workloads: map[key]*workload{}, pods: map[string][]*corev1.Pod{}}
	for i := range s.Pods {
		if p := &s.Pods[i]; p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed {
			e.pods[p.Namespace] = append(e.pods[p.Namespace], p)
		}
	}
	e.readWorkloads()
	e.readSubjects()
	for i := range Checks {
		e.run(&Checks[i])
	}
	rank(e.findings)
	r := &Report{Findings: e.findings, Autoscalers: []Autoscaler{}, NotRead: s.NotRead}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	for _, subject := range e.subjects {
		for i := range e.findings {
			if e.findings[i].Object == subject.object {
				subject.why.Findings = append(subject.why.Findings, e.findings[i].ID)
			}
		}
		r.Autoscalers = append(r.Autoscalers, *subject.why)
	}
	return r
}

func (e *examination) readSubjects() {
	for i := range e.snapshot.HPAs {
		e.subjects = append(e.subjects, newHPA(&e.snapshot.HPAs[i]))
	}
	for i := range e.snapshot.Autoscalers {
		e.subjects = append(e.subjects, newOwn(&e.snapshot.Autoscalers[i]))
	}
	slices.SortStableFunc(e.subjects, func(a, b *subject) int {
		return cmp.Or(cmp.Compare(a.object.Namespace, b.object.Namespace), cmp.Compare(a.object.Name, b.object.Name), cmp.Compare(b.object.Kind, a.object.Kind))
	})
	read := map[*workload]bool{}
	for _, s := range e.subjects {
		if w := e.workloads[s.target]; w != nil {
			s.workload = w
			w.by = append(w.by, s)
			if !read[w] {
				e.readPods(w)
				read[w] = true
			}
		}
		s.why = e.explain(s)
	}
}

func (e *examination) run(check *Check) {
	if !e.snapshot.wasRead(check.Needs...) {
		return
	}
	c := &call{examination: e, id: check.ID}
	if check.whole != nil {
		check.whole(c)
		return
	}
	for _, s := range e.subjects {
		check.of(c, s)
	}
}

// add adds a finding.
func (c *call) add(severity Severity, object Object, seen, harm string, fix Fix) {
	c.findings = append(c.findings, Finding{c.id, severity, object, seen, harm, fix})
}

// kubectl returns a command about the namespace.
func kubectl(namespace, format string, args ...any) string {
	return fmt.Sprintf("kubectl -n %s ", namespace) + fmt.Sprintf(format, args...)
}

// patch returns the command that merges into the object of an autoscaler.
func (s *subject) patch(merge string) string {
	return kubectl(s.object.Namespace, "patch %s %s --type=merge -p '%s'", s.resource, s.object.Name, merge)
}

// replace returns the command that replaces one value in the object of an autoscaler.
func (s *subject) replace(path, value string) string {
	return kubectl(s.object.Namespace, `patch %s %s --type=json -p '[{"op": "replace", "path": "%s", "value": %s}]'`, s.resource, s.object.Name, path, value)
}

// sorted returns the keys of a map in their order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
