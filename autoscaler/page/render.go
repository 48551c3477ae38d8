package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// frame is what all pages have.
type frame struct {
	Title string
	// Events is the address of the events of the page; empty for a page that does not change.
	Events  string
	Replica string
	Version string
	Now     time.Time
}

func (p *page) newFrame(title, events string) frame {
	return frame{Title: title, Events: events, Replica: p.Replica, Version: p.Version, Now: p.Now().UTC()}
}

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"clock": func(t time.Time) string { return t.UTC().Format("15:04:05") },
	"stamp": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
	"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"words": words,
}).ParseFS(files, "templates/*.html"))

// words writes the name of a step, such as RatePolicy, as words.
func words(name string) string {
	var b strings.Builder
	for i, c := range name {
		if i > 0 && c >= 'A' && c <= 'Z' {
			b.WriteByte(' ')
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// render writes a page. It is rendered before it is sent, so that an error is no half page.
func render(w http.ResponseWriter, code int, name string, data any) {
	var text bytes.Buffer
	if err := templates.ExecuteTemplate(&text, name, data); err != nil {
		http.Error(w, "rendering the page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(text.Bytes()) // an error means that the client has disconnected
}

// errorPage is the data of error.html.
type errorPage struct {
	frame
	Message string
	// Ask offers a field for the name of a namespace.
	Ask bool
}

func fail(w http.ResponseWriter, code int, message string) {
	render(w, code, "error.html", &errorPage{frame: frame{Title: http.StatusText(code)}, Message: message})
}

// refuse answers a reader without rights. The answer is the same for namespaces that exist and that do not.
func (p *page) refuse(w http.ResponseWriter, namespace string, unchecked int) {
	message := "You may not list horizontalautoscalers.autoscaling.flyball.dev in namespace " + namespace + "."
	if namespace == "" {
		message = "You may list horizontalautoscalers.autoscaling.flyball.dev in none of the namespaces that have some."
	}
	if unchecked > 0 {
		message += fmt.Sprintf(" %d namespaces were not checked: name the one that you may list.", unchecked)
	}
	render(w, http.StatusForbidden, "error.html", &errorPage{frame: p.newFrame("Forbidden", ""), Message: message, Ask: true})
}

// idLayout of a decision's time is its id: decisions have whole milliseconds.
const idLayout = "2006-01-02T15:04:05.000Z"

// link returns the address of an autoscaler, or of its decision at a time that is not zero.
func link(namespace, name string, moment time.Time) string {
	address := Root + "autoscalers/" + url.PathEscape(namespace) + "/" + url.PathEscape(name)
	if !moment.IsZero() {
		address += "/decisions/" + moment.UTC().Format(idLayout)
	}
	return address
}

func ageOf(t *time.Time, now time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return duration.HumanDuration(max(0, now.Sub(*t)))
}

var assetTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func serveAsset(w http.ResponseWriter, r *http.Request, _ Reader) {
	name := r.PathValue("file")
	text, err := files.ReadFile("assets/" + name)
	if err != nil {
		fail(w, http.StatusNotFound, "This file does not exist.")
		return
	}
	sum := sha256.Sum256(text)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", assetTypes[path.Ext(name)])
	_, _ = w.Write(text) // an error means that the client has disconnected
}
