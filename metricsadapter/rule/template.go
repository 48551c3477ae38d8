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

// queryTemplate is a metricsQuery. It is executed with placeholders for matchers and values, so that the result is
// parsed once, and values of requests never pass through it.
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
	if primaryPlaceholders.foundIn(text) || alternatePlaceholders.foundIn(text) {
		return queryTemplate{}, fmt.Errorf("%s contains %s or %s, which are reserved", field, primaryPlaceholders.matchers, alternatePlaceholders.matchers)
	}
	t, err := template.New(field).Delims("<<", ">>").Funcs(comparisons).Parse(text)
	if err != nil {
		return queryTemplate{}, fmt.Errorf("%s is not a template: %w", field, err)
	}
	if err := checkTemplate(t); err != nil {
		return queryTemplate{}, fmt.Errorf("%s: %w", field, err)
	}
	return queryTemplate{template: t, usesValues: strings.Contains(text, "LabelValuesByName")}, nil
}

// checkTemplate refuses what could run for hours: a template is there to name a few labels.
func checkTemplate(t *template.Template) error {
	for _, each := range t.Templates() {
		if each.Tree == nil {
			continue
		}
		if strings.Contains(each.Root.String(), "<<template") {
			return errors.New("nested templates are not supported: inline the template")
		}
		if rangesOverNumber(each.Root) {
			return errors.New("it ranges over a number: use .GroupBySlice or .LabelValuesByName")
		}
	}
	return nil
}

// rangesOverNumber reports whether a range within the list goes over a number.
func rangesOverNumber(list *parse.ListNode) bool {
	if list == nil {
		return false
	}
	return slices.ContainsFunc(list.Nodes, func(node parse.Node) bool {
		switch n := node.(type) {
		case *parse.RangeNode:
			return !overFields(n.Pipe) || rangesOverNumber(n.List) || rangesOverNumber(n.ElseList)
		case *parse.IfNode:
			return rangesOverNumber(n.List) || rangesOverNumber(n.ElseList)
		case *parse.WithNode:
			return rangesOverNumber(n.List) || rangesOverNumber(n.ElseList)
		case *parse.TemplateNode:
			return true
		}
		return false
	})
}

// overFields reports whether a pipe is one of the two lists that a template sees.
func overFields(pipe *parse.PipeNode) bool {
	if len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		return false
	}
	text := strings.TrimPrefix(pipe.Cmds[0].Args[0].String(), "$")
	return text == ".GroupBySlice" || text == ".LabelValuesByName"
}

// render executes the template for a series and grouping labels, with placeholders for the values of the labels valued,
// and parses the result.
func (t queryTemplate) render(series string, groupBy, valued []string) (expr.Template, error) {
	if series != "" && !plainName.MatchString(series) {
		return expr.Template{}, fmt.Errorf("the series name %q is not valid in a query: rename the series with relabeling", series)
	}
	marks := primaryPlaceholders.expr(valued)
	text, err := t.execute(series, groupBy, primaryPlaceholders, marks)
	if err != nil {
		return expr.Template{}, err
	}
	if err := t.checkIntact(text, series, groupBy, valued); err != nil {
		return expr.Template{}, err
	}
	form, err := expr.ParseTemplate(text, marks)
	if wrong, ok := errors.AsType[*expr.SyntaxError](err); ok {
		err = wrong.MapText(func(part string) string { return primaryPlaceholders.display(part, valued) })
	}
	if err != nil {
		return expr.Template{}, fmt.Errorf("%s gives %s: %w", t.template.Name(), primaryPlaceholders.display(text, valued), err)
	}
	return form, nil
}

// plainName is what a name may be that is written into a query as it is. Others, which Prometheus allows by now, could
// be anything, a query among them.
var plainName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)

// execute executes the template.
func (t queryTemplate) execute(series string, groupBy []string, m placeholders, e expr.Placeholders) (string, error) {
	var out strings.Builder
	err := t.template.Execute(&limitedBuilder{&out}, templateData{
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

// checkIntact holds that each mark came out whole: with other marks the same text must come out.
func (t queryTemplate) checkIntact(text, series string, groupBy, valued []string) error {
	again, err := t.execute(series, groupBy, alternatePlaceholders, alternatePlaceholders.expr(valued))
	if err != nil {
		return err
	}
	if primaryPlaceholders.replace(text, alternatePlaceholders, valued) != again {
		return fmt.Errorf("%s modifies or inspects matchers or values: they can only be inserted unchanged", t.template.Name())
	}
	return nil
}

// limitedBuilder refuses more text than a query may have.
type limitedBuilder struct{ *strings.Builder }

func (l *limitedBuilder) Write(p []byte) (int, error) {
	if l.Len()+len(p) > expr.MaxLength {
		return 0, fmt.Errorf("the query is longer than %d bytes", expr.MaxLength)
	}
	return l.Builder.Write(p)
}
