package page

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/summary"
)

// rowsPerPage bounds the rows of one list.
const rowsPerPage = 100

// listPage is the data of list.html.
type listPage struct {
	frame
	Query, Namespace string
	Namespaces       []string
	Rows             []listRow
	// First and Last are the positions of the rows among Total that match the search, from 1; Troubled are those with a trouble.
	First, Last, Total, Troubled int
	Previous, Next               string
	// Unchecked namespaces were not checked; Elsewhere rows are those of statuses.
	Unchecked, Elsewhere int
}

type listRow struct {
	summary.Row
	Troubles  []summary.Trouble
	Memory    bool
	Link      string
	SampleAge string
	LastScale string
}

func (p *page) serveList(w http.ResponseWriter, r *http.Request, reader Reader) {
	namespace := r.FormValue("namespace")
	rights, err := p.readableBy(r.Context(), reader, namespace)
	switch {
	case err != nil:
		fail(w, http.StatusServiceUnavailable, "The API server did not authorize the request; try again.")
		return
	case rights.none():
		p.refuse(w, namespace, rights.unchecked)
		return
	}
	data := listPage{frame: p.newFrame("Autoscalers", eventsLink(namespace, "")), Query: strings.TrimSpace(r.FormValue("q")), Namespace: namespace, Unchecked: rights.unchecked}
	if data.Namespaces = rights.names; rights.all || namespace != "" {
		data.Namespaces = p.namespacesFor(r, reader)
	}
	entries := p.entries(&rights, namespace)
	matching := search(entries, data.Query)
	slices.SortFunc(matching, byTrouble)
	number, _ := strconv.Atoi(r.FormValue("page")) // 0, which is the first page, for no number
	p.fill(&data, matching, number)
	render(w, http.StatusOK, "list.html", &data)
}

// namespacesFor are the choices beside the namespace in the list.
func (p *page) namespacesFor(r *http.Request, reader Reader) []string {
	all, err := p.readableBy(r.Context(), reader, "")
	switch {
	case err != nil:
		return nil
	case all.all:
		return p.Source.Namespaces()
	default:
		return all.names
	}
}

func (p *page) entries(rights *readable, namespace string) []summary.Entry {
	if rights.all || namespace != "" {
		return p.Source.Entries(namespace)
	}
	var entries []summary.Entry
	for _, name := range rights.names {
		entries = append(entries, p.Source.Entries(name)...)
	}
	return entries
}

// search returns the entries in whose namespace, name, target or troubles each word occurs.
func search(entries []summary.Entry, query string) []summary.Entry {
	words := strings.Fields(strings.ToLower(query))
	if len(words) == 0 {
		return entries
	}
	var matching []summary.Entry
	for i := range entries {
		if text := searchText(&entries[i]); !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) }) {
			matching = append(matching, entries[i])
		}
	}
	return matching
}

func searchText(e *summary.Entry) string {
	target := &e.Autoscaler.Spec.ScaleTargetRef
	parts := []string{e.Autoscaler.Namespace + "/" + e.Autoscaler.Name, target.Kind + "/" + target.Name, string(e.Autoscaler.Spec.Mode)}
	for _, trouble := range e.Troubles.List() {
		parts = append(parts, trouble.String())
	}
	return strings.ToLower(strings.Join(parts, " "))
}

func byTrouble(a, b summary.Entry) int {
	return cmp.Or(cmp.Compare(a.Troubles.Rank(), b.Troubles.Rank()),
		cmp.Compare(a.Autoscaler.Namespace, b.Autoscaler.Namespace), cmp.Compare(a.Autoscaler.Name, b.Autoscaler.Name))
}

// fill sets the rows of one page, from 1.
func (p *page) fill(data *listPage, matching []summary.Entry, number int) {
	pages := max(1, (len(matching)+rowsPerPage-1)/rowsPerPage)
	number = min(max(1, number), pages)
	first := (number - 1) * rowsPerPage
	shown := matching[first:min(len(matching), first+rowsPerPage)]
	data.Total, data.First, data.Last = len(matching), first+1, first+len(shown)
	for i := range matching {
		if matching[i].Troubles != 0 {
			data.Troubled++
		}
		if !matching[i].Memory {
			data.Elsewhere++
		}
	}
	for i := range shown {
		data.Rows = append(data.Rows, p.row(&shown[i]))
	}
	if number > 1 {
		data.Previous = data.link(number - 1)
	}
	if number < pages {
		data.Next = data.link(number + 1)
	}
}

func (p *page) row(e *summary.Entry) listRow {
	row := listRow{Row: p.Source.Row(e.Autoscaler), Troubles: e.Troubles.List(), Memory: e.Memory}
	row.Link = link(row.Namespace, row.Name, time.Time{})
	now := p.Now()
	row.SampleAge, row.LastScale = ageOf(row.SampleTime, now), ageOf(row.LastScaleTime, now)
	return row
}

// link returns the address of another page of the same list.
func (l *listPage) link(number int) string {
	values := url.Values{"page": {strconv.Itoa(number)}}
	if l.Query != "" {
		values.Set("q", l.Query)
	}
	if l.Namespace != "" {
		values.Set("namespace", l.Namespace)
	}
	return Root + "?" + values.Encode()
}
