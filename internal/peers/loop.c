/*
 * A queueing simulator as one would write it by hand for nothing else: a binary
 * heap of events, stations of parallel servers with a line each, and a route
 * from station to station. It measures the core that the simulator of headroom
 * runs on: how many requests a second a plain loop follows there, so that ratios
 * to it can be compared between machines.
 *
 * It keeps what any simulation must report: the mean response time of requests
 * and the time that servers are busy. Random numbers are PCG XSL RR 128/64
 * (O'Neill, 2014), exponentials -log(u).
 *
 * Output is a line a system, as Go's benchmarks print them. What is simulated is
 * checked against theory: M/M/c by Erlang's formula, and the network of three
 * stations by Jackson's theorem.
 *
 * Usage: loop [requests]
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STATIONS = 3, HEAP = 1 << 12, REQUESTS = 1 << 16, ARRIVAL = -1 };

/* Random numbers. */

typedef unsigned __int128 u128;

static u128 pcg_state = ((u128)0x853c49e6748fea9bULL << 64) | 0xda3e39cb94b95bdbULL;

static inline uint64_t pcg(void) {
    const u128 mul = ((u128)2549297995355413924ULL << 64) | 4865540595714422341ULL;
    const u128 inc = ((u128)6364136223846793005ULL << 64) | 1442695040888963407ULL;
    pcg_state = pcg_state * mul + inc;
    uint64_t x = (uint64_t)(pcg_state >> 64) ^ (uint64_t)pcg_state;
    unsigned rot = (unsigned)(pcg_state >> 122);
    return (x >> rot) | (x << (-rot & 63));
}

static inline double exponential(double mean) {
    return -mean * log((double)((pcg() >> 11) + 1) * 0x1p-53);
}

/* The calendar: a binary heap by (time, order of scheduling). */

struct event {
    double at;
    uint32_t seq;
    int32_t who; /* request, or ARRIVAL */
};

static struct event heap[HEAP];
static int heap_n;
static uint32_t heap_seq;

static inline int before(const struct event *a, const struct event *b) {
    return a->at < b->at || (a->at == b->at && (int32_t)(a->seq - b->seq) < 0);
}

static void die(const char *why) {
    fprintf(stderr, "loop: %s\n", why);
    exit(1);
}

static void schedule(double at, int32_t who) {
    if (heap_n == HEAP)
        die("the calendar is full");
    struct event e = {at, ++heap_seq, who};
    int i = heap_n++;
    while (i > 0) {
        int parent = (i - 1) / 2;
        if (!before(&e, &heap[parent]))
            break;
        heap[i] = heap[parent];
        i = parent;
    }
    heap[i] = e;
}

static struct event next_event(void) {
    struct event first = heap[0], e = heap[--heap_n];
    int i = 0;
    for (;;) {
        int child = 2 * i + 1;
        if (child >= heap_n)
            break;
        if (child + 1 < heap_n && before(&heap[child + 1], &heap[child]))
            child++;
        if (!before(&heap[child], &e))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = e;
    return first;
}

/* Requests and stations. */

struct request {
    double born;
    int32_t station;
    int32_t next; /* in line, or free */
};

struct station {
    double mean; /* service time */
    int servers, busy;
    int32_t head, tail;
    double area, since; /* busy servers over time */
};

static struct request requests[REQUESTS];
static int32_t free_request;
static struct station stations[STATIONS];
static int stations_n;
static double now;
static double sum; /* of response times */
static long done;

static void occupy(struct station *s, int change) {
    s->area += s->busy * (now - s->since);
    s->since = now;
    s->busy += change;
}

static void join(int32_t r) {
    struct station *s = &stations[requests[r].station];
    if (s->busy < s->servers) {
        occupy(s, 1);
        schedule(now + exponential(s->mean), r);
        return;
    }
    requests[r].next = -1;
    if (s->head < 0)
        s->head = r;
    else
        requests[s->tail].next = r;
    s->tail = r;
}

static void leave(int32_t r) {
    struct station *s = &stations[requests[r].station];
    int32_t first = s->head;
    if (first < 0) {
        occupy(s, -1);
    } else {
        s->head = requests[first].next;
        schedule(now + exponential(s->mean), first);
    }
    if (++requests[r].station < stations_n) {
        join(r);
        return;
    }
    sum += now - requests[r].born;
    done++;
    requests[r].next = free_request;
    free_request = r;
}

static void arrive(double gap) {
    schedule(now + exponential(gap), ARRIVAL);
    int32_t r = free_request;
    if (r < 0)
        die("too many requests in progress");
    free_request = requests[r].next;
    requests[r].born = now;
    requests[r].station = 0;
    join(r);
}

static void simulate(double gap, long n) {
    heap_n = 0;
    now = sum = 0;
    done = 0;
    for (int32_t i = 0; i < REQUESTS; i++)
        requests[i].next = i + 1 < REQUESTS ? i + 1 : -1;
    free_request = 0;
    schedule(exponential(gap), ARRIVAL);
    while (done < n) {
        struct event e = next_event();
        now = e.at;
        if (e.who == ARRIVAL)
            arrive(gap);
        else
            leave(e.who);
    }
}

/* Theory and timing. */

/* The mean time at M/M/c (Erlang, 1917). */
static double mmc(double rate, double mean, int c) {
    double a = rate * mean, b = 1;
    for (int i = 1; i <= c; i++)
        b = a * b / (i + a * b);
    return mean + b / (1 - a / c * (1 - b)) * mean / (c - a);
}

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void measure(const char *name, double rate, int n, const double *mean, const int *servers, long count) {
    double theory = 0;
    stations_n = n;
    for (int i = 0; i < n; i++) {
        stations[i] = (struct station){.mean = mean[i], .servers = servers[i], .head = -1, .tail = -1};
        theory += mmc(rate, mean[i], servers[i]);
    }
    double start = cpu();
    simulate(1 / rate, count);
    double took = cpu() - start;
    if (fabs(sum / done / theory - 1) > 0.05)
        die("a mean response time is not that of theory");
    printf("Benchmark%s %ld %.1f ns/op %.0f requests/cpu-s\n", name, count, took / count * 1e9, count / took);
    fflush(stdout);
}

int main(int argc, char **argv) {
    long count = argc > 1 ? atol(argv[1]) : 5000000;
    if (count < 1000000) {
        fprintf(stderr, "loop: %s requests: want at least 1000000\n", argv[1]);
        return 2;
    }
    measure("MM1", 0.8, 1, (double[]){1}, (int[]){1}, count);
    measure("MM8", 6.4, 1, (double[]){1}, (int[]){8}, count);
    measure("ThreeTier", 700, 3, (double[]){0.002, 0.004, 0.0045}, (int[]){2, 4, 4}, count);
    return 0;
}
