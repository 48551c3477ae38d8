// Package windows has the command flyball windows: the occurrences of windows, and the bounds in force at a time.
package windows
