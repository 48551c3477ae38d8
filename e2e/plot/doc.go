// Package plot draws the record of a run as a picture for a page.
package plot
