package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// reread is how often the load and the peers are looked at, and how often the burner says that it is alive.
const reread = time.Second

func main() {
	dir := flag.String("dir", "/load", "folder that holds the file `millicores` and the folder `peers`")
	flag.Parse()
	if err := run(*dir); err != nil {
		log.Fatal("burner: ", err)
	}
}

func run(dir string) error {
	name, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("the pod's name: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	workload := workload{dir: dir, self: name}
	defer workload.leave()
	fire := ignite(ctx)

	tick := time.NewTicker(reread)
	defer tick.Stop()
	said := ""
	for {
		share, err := workload.share(time.Now())
		if err == nil {
			fire.set(share)
		}
		if now := describe(share, err); now != said {
			log.Print(now)
			said = now
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func describe(share float64, err error) string {
	if err != nil {
		return fmt.Sprintf("burning what was asked for last: %v", err)
	}
	return fmt.Sprintf("burning %.0f millicores", share)
}
