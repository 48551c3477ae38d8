package page

import (
	"net/http"
	"net/url"
	"strings"

	"flyball.dev/flyball/autoscaler/doctor"
)

// hpasPage is the data of hpas.html.
type hpasPage struct {
	frame
	Namespace  string
	Namespaces []string
	Rows       []hpaRow
	Missing    []string
}

type hpaRow struct {
	doctor.Autoscaler
	Link     string
	Findings []doctor.Finding
}

// hpaPage is the data of hpa.html.
type hpaPage struct {
	frame
	doctor.Autoscaler
	Found   []doctor.Finding
	Missing []string
}

const hpaKind = "HorizontalPodAutoscaler"

// serveHPAs lists the plain HPAs of a namespace. Without one it asks for it: the pods of all namespaces would be too much for a page.
func (p *page) serveHPAs(w http.ResponseWriter, r *http.Request, reader Reader) {
	data := hpasPage{frame: p.newFrame("Plain HPAs", ""), Namespace: r.FormValue("namespace"), Namespaces: p.namespacesFor(r, reader)}
	if data.Namespace == "" && len(data.Namespaces) == 1 {
		data.Namespace = data.Namespaces[0]
	}
	if data.Namespace == "" {
		render(w, http.StatusOK, "hpas.html", &data)
		return
	}
	report, ok := p.reportFor(w, r, reader, data.Namespace)
	if !ok {
		return
	}
	data.Missing = missing(report)
	for i := range report.Autoscalers {
		if a := &report.Autoscalers[i]; a.Object.Kind == hpaKind {
			data.Rows = append(data.Rows, hpaRow{*a, hpaLink(a.Object.Namespace, a.Object.Name), findingsOf(report, a.Object)})
		}
	}
	render(w, http.StatusOK, "hpas.html", &data)
}

func (p *page) serveHPA(w http.ResponseWriter, r *http.Request, reader Reader) {
	namespace, name := r.PathValue("namespace"), r.PathValue("name")
	report, ok := p.reportFor(w, r, reader, namespace)
	if !ok {
		return
	}
	for i := range report.Autoscalers {
		if a := &report.Autoscalers[i]; a.Object == (doctor.Object{Kind: hpaKind, Namespace: namespace, Name: name}) {
			render(w, http.StatusOK, "hpa.html", &hpaPage{p.newFrame(namespace+"/"+name, ""), *a, findingsOf(report, a.Object), missing(report)})
			return
		}
	}
	fail(w, http.StatusNotFound, "HorizontalPodAutoscaler "+namespace+"/"+name+" does not exist.")
}

// reportFor answers the request itself where it returns false. A reader needs the right to list HPAs; the doctor says what else it did not read.
func (p *page) reportFor(w http.ResponseWriter, r *http.Request, reader Reader, namespace string) (*doctor.Report, bool) {
	allowed, err := reader.MayListKind(r.Context(), surveyed[0].kind, namespace)
	switch {
	case err != nil:
		fail(w, http.StatusServiceUnavailable, "The API server did not authorize the request; try again.")
		return nil, false
	case !allowed:
		fail(w, http.StatusForbidden, "You may not list horizontalpodautoscalers.autoscaling in namespace "+namespace+".")
		return nil, false
	}
	switch report, err := p.examine(r.Context(), reader, namespace); {
	case err != nil:
		fail(w, http.StatusServiceUnavailable, "The namespace was not read: "+err.Error()+".")
	case report == nil:
		fail(w, http.StatusNotFound, "This replica does not read plain HPAs.")
	default:
		return report, true
	}
	return nil, false
}

// missing names the kinds that the reader may not list.
func missing(r *doctor.Report) []string {
	var names []string
	for _, s := range surveyed {
		if reason, found := r.NotRead[s.name]; found {
			names = append(names, s.name+": "+reason)
		}
	}
	return names
}

func hpaLink(namespace, name string) string {
	return Root + "hpas/" + url.PathEscape(namespace) + "/" + url.PathEscape(name)
}

// doctorBlocks are the findings of the doctor that no condition shows: a PodDisruptionBudget, a manifest with replicas, a selector that
// others share.
var doctorBlocks = map[string]string{
	"PDBBlocksEviction": "A PodDisruptionBudget allows no eviction", "TwoAutoscalers": "Another autoscaler has the target",
	"ReplicasInManifest": "A manifest sets the replicas", "VPAOnSameResource": "A vertical autoscaler changes the requests",
	"RolloutStuck": "A rollout is stuck", "TargetControlled": "Another object controls the target", "SelectorMatchesOtherPods": "The selector matches other pods",
}

// addDoctor adds what the doctor finds about an autoscaler, or why it was not asked.
func (p *page) addDoctor(data *detailPage, r *http.Request, reader Reader) {
	report, err := p.examine(r.Context(), reader, data.Row.Namespace)
	switch {
	case err != nil:
		data.NotExamined = err.Error()
		return
	case report == nil:
		return
	}
	for _, f := range findingsOf(report, doctor.Object{Kind: "HorizontalAutoscaler", Namespace: data.Row.Namespace, Name: data.Row.Name}) {
		if what, found := doctorBlocks[f.ID]; found {
			data.Blocks = append(data.Blocks, block{what, f.Seen + "; " + f.Harm, f.Fix.Text, f.Fix.Command})
		}
	}
	data.NotExamined = strings.Join(missing(report), "; ")
}
