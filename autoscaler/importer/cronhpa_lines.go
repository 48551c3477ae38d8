package importer

import (
	"fmt"
	"strings"
)

// shortForms of lines that kubernetes-cronhpa-controller takes.
var shortForms = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// withoutSeconds makes a line of five fields of one with seconds, or of a short form.
func withoutSeconds(line string) (string, error) {
	if short, known := shortForms[strings.TrimSpace(line)]; known {
		return short, nil
	}
	fields := strings.Fields(line)
	switch {
	case strings.HasPrefix(line, "@date"):
		return "", fmt.Errorf("must not be a single time, whose count holds until a job that the object does not have: write a window with at")
	case strings.HasPrefix(line, "@"):
		return "", fmt.Errorf("must name times of the day: write a window with start and end")
	case len(fields) == 5:
		return "", fmt.Errorf("must have six fields, seconds first: the controller takes these five for second, minute, hour, day of month and month; write %q if they are minute, hour, day of month, month and day of week",
			"0 "+strings.Join(fields, " "))
	case len(fields) != 6:
		return "", fmt.Errorf("must have six fields, seconds first, and has %d", len(fields))
	case strings.ContainsAny(fields[0], "*/,-?"):
		return "", fmt.Errorf("must come once a minute at most: write one second in the first field")
	}
	return standardLine(strings.Join(fields[1:], " ")), nil
}
