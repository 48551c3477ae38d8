// Package helm holds the tests that install Flyball as a user does: with the commands of docs/install.md and Helm's own
// program, from the image of `make image`, as pods of a real node in a namespace under Pod Security "restricted".
package helm
