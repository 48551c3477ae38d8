package page

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/history"
	"flyball.dev/flyball/autoscaler/summary"
)

// detailPage is the data of detail.html.
type detailPage struct {
	frame
	*summary.Detail
	Troubles []summary.Trouble
	// Link is the address of the autoscaler, and Permalink that of the shown decision; empty without one.
	Link, Permalink string
	// Decision is the time of the shown decision, and Past reports that it is not the last one.
	Decision time.Time
	Past     bool
	// Steps are those of the shown decision; none where they are not stored.
	Reason   string
	Steps    []waterfallStep
	Samples  []sampleRow
	Blocks   []block
	Next     []nextRow
	Timeline *timeline
	Recent   []recentDecision
	Shadow   *shadow
	Try      *try
	// NotExamined names what the doctor did not read for Blocks, with the reasons.
	NotExamined string
}

type sampleRow struct {
	summary.Sample
	Age, For, Health string
}

type nextRow struct {
	summary.Event
	In string
}

type recentDecision struct {
	Time             time.Time
	Link, Reason     string
	Current, Desired int32
}

func (p *page) serveDetail(w http.ResponseWriter, r *http.Request, reader Reader) {
	namespace, name := r.PathValue("namespace"), r.PathValue("name")
	allowed, err := reader.MayList(r.Context(), namespace)
	switch {
	case err != nil:
		fail(w, http.StatusServiceUnavailable, "The API server did not authorize the request; try again.")
		return
	case !allowed:
		p.refuse(w, namespace, 0)
		return
	}
	var moment time.Time
	if id := r.PathValue("time"); id != "" {
		if moment, err = time.Parse(idLayout, id); err != nil {
			fail(w, http.StatusBadRequest, "The id of a decision is its time, such as "+time.UnixMilli(0).UTC().Format(idLayout)+".")
			return
		}
	}
	found := p.Source.Detail(namespace, name, moment)
	if found == nil {
		fail(w, http.StatusNotFound, "HorizontalAutoscaler "+namespace+"/"+name+" does not exist.")
		return
	}
	if !found.Memory {
		w.Header().Set(summary.ElsewhereHeader, "true")
	}
	data := p.detail(found, moment)
	data.Timeline = newTimeline(found, p.Now(), spanOf(r), moment)
	data.Shadow = newShadow(found, p.Now(), r.FormValue("price"))
	p.addDoctor(data, r, reader)
	if !data.Past {
		data.Try = p.newTry(found, r, p.Now())
	}
	render(w, http.StatusOK, "detail.html", data)
}

// spanOf is the span of the time line that the address asks for; 0 for all.
func spanOf(r *http.Request) time.Duration {
	minutes, err := strconv.Atoi(r.FormValue("minutes"))
	if err != nil || minutes < 1 || minutes > 24*60 {
		return 0
	}
	return time.Duration(minutes) * time.Minute
}

func (p *page) detail(found *summary.Detail, moment time.Time) *detailPage {
	row := &found.Row
	data := &detailPage{
		frame: p.newFrame(row.Namespace+"/"+row.Name, eventsLink(row.Namespace, row.Name)), Detail: found,
		Troubles: found.Troubles.List(), Link: link(row.Namespace, row.Name, time.Time{}), Blocks: blocksOf(found),
	}
	if row.Time != nil {
		data.Decision = *row.Time
	}
	shown := found.Page
	if !moment.IsZero() && !moment.Equal(data.Decision) {
		data.Decision, data.Past, data.Events, shown = moment, true, "", nil
		if found.Chosen != nil {
			shown = found.Chosen.Page
		}
	}
	if !data.Decision.IsZero() {
		data.Permalink = link(row.Namespace, row.Name, data.Decision)
	}
	if shown != nil {
		data.Reason, data.Steps = shown.Reason, waterfall(shown.Steps)
	}
	now := p.Now()
	for i := range found.Samples {
		data.Samples = append(data.Samples, rowOfSample(&found.Samples[i], now))
	}
	for _, e := range found.Next {
		data.Next = append(data.Next, nextRow{e, in(e.Time, now)})
	}
	for _, d := range slices.Backward(found.Decisions) {
		data.Recent = append(data.Recent, recentDecision{d.Time, link(row.Namespace, row.Name, d.Time), d.Page.Reason, d.Page.Current, d.Page.Desired})
	}
	return data
}

func in(t, now time.Time) string {
	if !t.After(now) {
		return "now"
	}
	return "in " + ageOf(&now, t)
}

func rowOfSample(s *summary.Sample, now time.Time) sampleRow {
	row := sampleRow{Sample: *s, Age: ageOf(&s.Time, now), For: ageOf(&s.UnknownSince, now), Health: "known"}
	switch {
	case s.Unknown != "":
		row.Health = "unknown"
	case s.Stale != "":
		row.Health = "stale"
	case s.Partial != "":
		row.Health = "partial"
	}
	return row
}

// ChosenFigures are the figures of a past decision whose steps are not stored, in words; empty where its figures are not stored either.
func (d *detailPage) ChosenFigures() string {
	p := d.ChosenPoint
	if p == nil || !p.Decided {
		return ""
	}
	load := "load unknown"
	if !math.IsNaN(p.Load) {
		load = fmt.Sprintf("load %.4g replicas at target", p.Load)
	}
	parts := []string{fmt.Sprintf("%d current, %d desired, bounds %d to %d", p.Current, p.Desired, p.Min, p.Max), load}
	for i, name := range d.Metrics {
		if p.Proposals[i] == history.Unknown {
			parts = append(parts, name+" unknown")
		} else {
			parts = append(parts, fmt.Sprintf("%s → %d", name, p.Proposals[i]))
		}
	}
	return strings.Join(parts, "; ")
}
