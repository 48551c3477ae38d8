package rule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"flyball.dev/flyball/metricsadapter/expr"
)

// queryTemplate is a metricsQuery. What it is given in place of matchers and values are marks, so that its text is parsed
// once, and what people send in never goes through it.
type queryTemplate struct {
	template *template.Template
	// usesValues: it puts in values of labels.
	usesValues bool
}

// templateData is what a template sees; the names are upstream's.
type templateData struct {
	Series            string
	LabelMatchers     string
	LabelValuesByName map[string]string
	GroupBy           string
	GroupBySlice      []string
}

func parseTemplate(field, text string) (queryTemplate, error) {
	if strings.TrimSpace(text) == "" {
		return queryTemplate{}, fmt.Errorf("%s is missing: it is the template of the query, "+
			"such as sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)", field)
	}
	if ours.in(text) || theirs.in(text) {
		return queryTemplate{}, fmt.Errorf("%s holds %s or %s, which are kept for Flyball's own use", field, ours.matchers, theirs.matchers)
	}
	t, err := template.New(field).Delims("<<", ">>").Funcs(comparisons).Parse(text)
	if err != nil {
		return queryTemplate{}, fmt.Errorf("%s is not a template: %w", field, err)
	}
	if err := bounded(t); err != nil {
		return queryTemplate{}, fmt.Errorf("%s: %w", field, err)
	}
	return queryTemplate{template: t, usesValues: strings.Contains(text, "LabelValuesByName")}, nil
}

// bounded refuses what could run for hours: a template is there to name a few labels.
func bounded(t *template.Template) error {
	for _, each := range t.Templates() {
		if each.Tree == nil {
			continue
		}
		if strings.Contains(each.Root.String(), "<<template") {
			return errors.New("a template within a template is not taken: write its text in its place")
		}
		if counts(each.Root) {
			return errors.New("it ranges over a number: range over .GroupBySlice or .LabelValuesByName")
		}
	}
	return nil
}

// counts says that a range within the list goes over a number.
func counts(list *parse.ListNode) bool {
	if list == nil {
		return false
	}
	return slices.ContainsFunc(list.Nodes, func(node parse.Node) bool {
		switch n := node.(type) {
		case *parse.RangeNode:
			return !overFields(n.Pipe) || counts(n.List) || counts(n.ElseList)
		case *parse.IfNode:
			return counts(n.List) || counts(n.ElseList)
		case *parse.WithNode:
			return counts(n.List) || counts(n.ElseList)
		case *parse.TemplateNode:
			return true
		}
		return false
	})
}

// overFields says that a pipe is one of the two lists that a template sees.
func overFields(pipe *parse.PipeNode) bool {
	if len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		return false
	}
	text := strings.TrimPrefix(pipe.Cmds[0].Args[0].String(), "$")
	return text == ".GroupBySlice" || text == ".LabelValuesByName"
}

// form renders the template for a series and the labels that are grouped by, with marks for the values of the labels
// valued, and parses what comes out.
func (t queryTemplate) form(series string, groupBy, valued []string) (expr.Form, error) {
	if series != "" && !plainName.MatchString(series) {
		return expr.Form{}, fmt.Errorf("the series name %q cannot be written in a query as it is: rename the series by relabelling", series)
	}
	marks := ours.expr(valued)
	text, err := t.render(series, groupBy, ours, marks)
	if err != nil {
		return expr.Form{}, err
	}
	if err := t.intact(text, series, groupBy, valued); err != nil {
		return expr.Form{}, err
	}
	form, err := expr.ParseForm(text, marks)
	if wrong, ok := errors.AsType[*expr.SyntaxError](err); ok {
		err = wrong.Shown(func(part string) string { return ours.readable(part, valued) })
	}
	if err != nil {
		return expr.Form{}, fmt.Errorf("%s gives %s: %w", t.template.Name(), ours.readable(text, valued), err)
	}
	return form, nil
}

// plainName is what a name may be that is written into a query as it is. Others, which Prometheus allows by now, could
// be anything, a query among them.
var plainName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)

// render executes the template.
func (t queryTemplate) render(series string, groupBy []string, m marks, e expr.Marks) (string, error) {
	var out strings.Builder
	err := t.template.Execute(&limited{&out}, templateData{
		Series:            series,
		LabelMatchers:     m.matchers + `="1"`,
		LabelValuesByName: e.Values,
		GroupBy:           strings.Join(groupBy, ","),
		GroupBySlice:      groupBy,
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", t.template.Name(), err)
	}
	return out.String(), nil
}

// intact holds that each mark came out whole: with other marks the same text must come out.
func (t queryTemplate) intact(text, series string, groupBy, valued []string) error {
	again, err := t.render(series, groupBy, theirs, theirs.expr(valued))
	if err != nil {
		return err
	}
	if ours.swap(text, theirs, valued) != again {
		return fmt.Errorf("%s changes or looks into matchers or values: they can only be put in as they are", t.template.Name())
	}
	return nil
}

// limited refuses more text than a query may have.
type limited struct{ *strings.Builder }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > expr.MaxLength {
		return 0, fmt.Errorf("the query is longer than %d bytes", expr.MaxLength)
	}
	return l.Builder.Write(p)
}
