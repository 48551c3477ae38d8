package importer

import (
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
)

// cronHPA is a CronHorizontalPodAutoscaler. Its jobs set a count at a time, and the count holds until the next job.
type cronHPA struct {
	*object
	im     *importer
	target v1alpha1.WindowTarget
	// hpa is the target where it is a HorizontalPodAutoscaler of the input; nil otherwise.
	hpa *hpa
	// jobs in the order of the object.
	jobs   []job
	except []v1alpha1.Dates
}

// job sets a count at the times of a line.
type job struct {
	node
	name string
	size int32
	line string
	when schedule.Window
}

// readCronHPA imports a CronHorizontalPodAutoscaler: of each job a window until the next job.
func (im *importer) readCronHPA(o *object) {
	c := &cronHPA{object: o, im: im}
	spec := o.field("spec")
	if !c.readTarget(spec.child("scaleTargetRef")) {
		o.leaveAll()
		return
	}
	complete := c.readJobs(spec.child("jobs"))
	c.except = im.excludedDates(spec.child("excludeDates"))
	if !complete {
		c.leftOut("none of its jobs is imported: each window lasts until the next job, and with a job missing its neighbor would last too long: correct or remove the jobs that are left out")
		c.leaveAll()
		return
	}
	before := len(im.result.Windows)
	ceiling := c.ceiling()
	for i := range c.jobs {
		c.addJob(i, ceiling)
	}
	if len(im.result.Windows) > before {
		c.compare()
	}
}

func (c *cronHPA) readTarget(ref node) bool {
	c.target = v1alpha1.WindowTarget{APIVersion: ref.child("apiVersion").textOr(""), Kind: ref.child("kind").textOr(""), Name: ref.child("name").textOr("")}
	key := c.target.Kind + " " + c.namespace + "/" + c.target.Name
	if other := c.im.targets[key]; other != nil {
		ref.leftOut("%s has the same target; the two controllers' jobs end each other's counts, and the windows of one object cannot: put all jobs into one object", other)
		return false
	}
	c.im.targets[key] = c.object
	for _, h := range c.im.hpas {
		if h.namespace == c.namespace && h.targetKind == c.target.Kind && h.targetName == c.target.Name {
			h.used = true
			ref.leftOut("%s scales the same target, and a ScaleWindow does not set the count of what an autoscaler scales: name the HPA in scaleTargetRef", h)
			return false
		}
	}
	if c.target.Kind != "HorizontalPodAutoscaler" {
		return true
	}
	if c.hpa = c.im.findHPA(c.namespace, c.target.Name); c.hpa == nil || !c.hpa.hasMax {
		c.hpa = nil
		ref.note("the input has no such HorizontalPodAutoscaler; its maxReplicas would hold against a targetSize above it, which the controller raises: add the HPA to the input to have that imported")
		return true
	}
	c.hpa.used = true
	return true
}

// readJobs is false where a job is left out.
func (c *cronHPA) readJobs(jobs node) bool {
	complete := true
	for _, n := range jobs.items() {
		j, ok := c.readJob(n)
		if ok {
			c.jobs = append(c.jobs, j)
		}
		complete = complete && ok
	}
	return complete
}

func (c *cronHPA) readJob(n node) (job, bool) {
	line := n.child("schedule")
	text, _ := line.text()
	j := job{node: n, name: n.child("name").textOr("job")}
	var ok bool
	if j.size, ok = n.child("targetSize").count(); !ok || j.size < 0 {
		n.child("targetSize").leftOut("must be a count that is not negative")
		return j, false
	}
	if zone := n.child("timezone"); zone.present {
		zone.leftOut("kubernetes-cronhpa-controller has no such field, and its jobs run in the time zone of its process; %s is taken for all jobs: run again with --time-zone", c.im.TimeZone)
	}
	if n.child("runOnce").flag() {
		n.child("runOnce").leftOut("a job that runs once is over after a time that the object does not have; write a window with at")
		return j, false
	}
	five, err := withoutSeconds(text)
	if err == nil {
		j.line = five
		j.when, err = schedule.Compile(j.name, schedule.Timing{Start: five, Duration: time.Second})
	}
	if err != nil {
		line.leftOut("%v", err)
		return j, false
	}
	if fields := strings.Fields(text); len(fields) == 6 && strings.Trim(fields[0], "0") != "" {
		line.changed("begins at second %s; the window begins at the full minute", fields[0])
	}
	return j, true
}

// ceiling is the maxReplicas to which the controller raises that of the HPA, which it never lowers again; 0 for none.
func (c *cronHPA) ceiling() int32 {
	if c.hpa == nil || len(c.jobs) == 0 {
		return 0
	}
	largest := slices.MaxFunc(c.jobs, func(a, b job) int { return int(a.size) - int(b.size) })
	if largest.size <= c.hpa.max {
		return 0
	}
	largest.child("targetSize").changed("above spec.maxReplicas (%d) of %s, which the controller raises to %d and never lowers; "+
		"each window sets maxReplicas %d: remove it from the windows of other jobs to have %d there", c.hpa.max, c.hpa, largest.size, largest.size, c.hpa.max)
	return largest.size
}

// addJob adds the windows of one job, each of which lasts until the job that follows.
func (c *cronHPA) addJob(i int, ceiling int32) {
	j := &c.jobs[i]
	lasts, err := followers(c.jobs, i)
	if err != nil {
		j.leftOut("%v", err)
		return
	}
	for _, l := range lasts {
		w := v1alpha1.Window{Start: new(v1alpha1.CronLine(l.start)), End: new(v1alpha1.CronLine(c.jobs[l.follower].line)), TimeZone: c.im.TimeZone, Except: c.except}
		switch {
		case c.target.Kind != "HorizontalPodAutoscaler":
			w.Replicas = new(j.size)
		case ceiling > 0:
			w.MinReplicas, w.MaxReplicas = new(j.size), new(ceiling)
		default:
			w.MinReplicas = new(j.size)
		}
		c.im.addWindow(j.node, c.name+"-"+j.name, c.namespace, c.target, w)
	}
	if c.hpa != nil && j.size < c.hpa.min {
		j.child("targetSize").note("below spec.minReplicas (%d) of %s, which the controller lowers to %d at this job; the window does so until the next job", c.hpa.min, c.hpa, j.size)
	}
}

// compare reports where the controller differs from the windows.
func (c *cronHPA) compare() {
	if c.target.Kind == "HorizontalPodAutoscaler" {
		c.changed("the controller raises minReplicas of the HPA only if fewer pods run at that moment; the windows set it in any case")
	}
	c.changed("a job that comes due while its controller is down is lost, and the count stays what it was; a window is in force as soon as the autoscaler runs")
	c.note("its jobs run in the time zone of its controller's process, which the object does not have; %s is taken, and --time-zone sets another", c.im.TimeZone)
	if next := c.im.clockChange(c.im.TimeZone); next != "" {
		c.changed("when the clocks of %s change, next on %s, the controller loses jobs in the skipped hour and runs those of the repeated hour twice; windows open and close once", c.im.TimeZone, next)
	}
}
