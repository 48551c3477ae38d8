package output

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/printers"
)

// Table formats rows as kubectl get does.
func Table(columns []string, rows [][]any) string {
	table := &metav1.Table{}
	for _, name := range columns {
		table.ColumnDefinitions = append(table.ColumnDefinitions, metav1.TableColumnDefinition{Name: name})
	}
	for _, cells := range rows {
		table.Rows = append(table.Rows, metav1.TableRow{Cells: cells})
	}
	var text strings.Builder
	_ = printers.NewTablePrinter(printers.PrintOptions{}).PrintObj(table, &text) // a strings.Builder accepts every write
	return text.String()
}

// OrDash returns the text, or - in place of an empty one.
func OrDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// Count returns a number with its noun, such as 2 metrics.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
