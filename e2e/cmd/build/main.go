package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"flyball.dev/flyball/e2e/build"
)

func main() {
	folder := flag.String("folder", "", "folder for the binaries (default .bin in the module e2e)")
	realNode := flag.Bool("real-node", false, "also build what a real node needs: the kubelet and its container program")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	start := time.Now()
	made, err := build.All(ctx, build.Options{Folder: *folder, RealNode: *realNode, Output: os.Stderr, Terminal: isTerminal(os.Stderr)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stderr, "programs are current in %s (%s)\n", made, time.Since(start).Round(100*time.Millisecond))
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
