package chart

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// valuesPage is the table of all values, made of values.yaml and its comments.
const valuesPage = "../../docs/reference/values.md"

const valuesHead = `# Values of the chart

Every value of charts/flyball with its default. This page is made of values.yaml by ` + "`go test ./chart -update`" + ` in e2e.

| value | default | meaning |
|---|---|---|
`

func TestTheTableOfValuesIsCurrent(t *testing.T) {
	text, err := os.ReadFile("../../charts/flyball/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	table := bytes.NewBufferString(valuesHead)
	writeValues(t, table, "", document.Content[0])
	if *update {
		if err := os.WriteFile(valuesPage, table.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(valuesPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(page), table.String()); diff != "" {
		t.Errorf("docs/reference/values.md is not what values.yaml says; run go test ./chart -update (-page +values):\n%s", diff)
	}
}

// writeValues writes a row for each value, and one for each commented group of values.
func writeValues(t *testing.T, table *bytes.Buffer, path string, group *yaml.Node) {
	t.Helper()
	for i := 0; i+1 < len(group.Content); i += 2 {
		key, value := group.Content[i], group.Content[i+1]
		name := path + key.Value
		meaning := commentOf(key)
		inner := value.Kind == yaml.MappingNode && value.Style&yaml.FlowStyle == 0
		if inner && meaning != "" {
			_, _ = fmt.Fprintf(table, "| `%s` | | %s |\n", name, meaning)
		}
		if inner {
			writeValues(t, table, name+".", value)
			continue
		}
		_, _ = fmt.Fprintf(table, "| `%s` | `%s` | %s |\n", name, flow(t, value), meaning)
	}
}

// commentOf is the comment above a key, as one line of a table. The comment at the top of the file belongs to no value.
func commentOf(key *yaml.Node) string {
	comment := key.HeadComment
	if gap := strings.LastIndex(comment, "\n\n"); gap >= 0 {
		comment = comment[gap+2:]
	}
	lines := strings.Split(comment, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(strings.TrimPrefix(line, "#"))
	}
	return strings.ReplaceAll(strings.Join(lines, " "), "|", `\|`)
}

// flow is a default on one line.
func flow(t *testing.T, value *yaml.Node) string {
	t.Helper()
	one := *value
	one.Style, one.HeadComment, one.LineComment, one.FootComment = one.Style|yaml.FlowStyle, "", "", ""
	if one.Kind == yaml.ScalarNode && one.Value != "" {
		return one.Value
	}
	text, err := yaml.Marshal(&one)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.ReplaceAll(string(text), "\n", " "))
}
