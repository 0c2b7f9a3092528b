using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Engine;

/// <summary>Our sides: what they share.</summary>
internal static class Jobs
{
    /// <summary>Runs a bounded pipeline to its end and measures from the call that starts it.</summary>
    public static Measurement Run(Pipeline pipeline, long rows, Func<Outcome> outcome, JobOptions? options = null, Store? store = null)
    {
        var meter = Meter.Start();
        long epochs = RunAsync().GetAwaiter().GetResult();
        meter.Stop();
        return meter.Result(rows, outcome()) with { Notes = store is null ? [] : [new("epochs", epochs)] };

        async Task<long> RunAsync()
        {
            await using Job job = await Job.StartAsync(pipeline, store, options ?? OneCore);
            await job.Completion;
            return job.Epoch;
        }
    }

    /// <summary>Lets a pipeline take in what it needs, then opens <paramref name="gate"/> and measures from there to its end.</summary>
    public static Measurement RunGated(Pipeline pipeline, string op, long rowsBefore, TaskCompletionSource gate, long rows,
        Func<Outcome> outcome)
    {
        return RunAsync().GetAwaiter().GetResult();

        async Task<Measurement> RunAsync()
        {
            await using Job job = await Job.StartAsync(pipeline, null, OneCore);
            while (job.Metrics.Operators[op]["rows"] < rowsBefore)
                await Task.Delay(1);
            var meter = Meter.Start();
            gate.SetResult();
            await job.Completion;
            meter.Stop();
            return meter.Result(rows, outcome());
        }
    }

    /// <summary>One actor does everything.</summary>
    public static JobOptions OneCore { get; } = new() { Parallelism = 1, MaxEventTimeAhead = null };

    /// <summary>Three stateless stages, as every benchmark of them here runs them: a filter that keeps half of the rows, and two
    /// maps.</summary>
    public static Measurement RunStages(string name, Bid[] input)
    {
        var pipeline = Pipeline.Create(name);
        var sink = new BidSink();
        pipeline.Read("bids", Sources.Of(input))
            .Filter(bid => bid.Auction % 2 == 0)
            .Map(bid => bid with { Price = bid.Price * 100 })
            .Map(bid => bid with { Bidder = bid.Bidder + 1 })
            .Write("results", sink);
        return Run(pipeline, input.Length, () => sink.Outcome);
    }

    /// <summary>Tumbling one-second counts by auction, as every keyed benchmark here computes them.</summary>
    public static CountSink TumblingCounts(Pipeline pipeline, Source<Bid> source)
    {
        var sink = new CountSink();
        pipeline.Read("bids", source)
            .WithEventTime(bid => bid.Time, Watermarks.Monotonic())
            .KeyBy(bid => bid.Auction)
            .Window("counts", Window.Tumbling(TimeSpan.FromSeconds(1))).DropLate()
            .Aggregate(Aggregate.Of<Bid>().Count())
            .Write("results", sink);
        return sink;
    }
}
