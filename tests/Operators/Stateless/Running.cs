namespace ActorStreams.Operators.Tests.Stateless;

/// <summary>Runs pipelines to their end. The limit is for a job that hangs, not for one that is slow.</summary>
internal static class Running
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static JobOptions OneActor { get; } = new() { Parallelism = 1, Shards = 8, MaxEventTimeAhead = null };

    /// <summary>The smallest buffers there are: everything meets back-pressure.</summary>
    public static JobOptions Tight { get; } = OneActor with { BatchRows = 16, LaneBatches = 1 };

    public static async Task ToEndAsync(this Pipeline pipeline, JobOptions? options = null)
    {
        await using Job job = await Job.StartAsync(pipeline, null, options ?? OneActor);
        await job.Completion.WaitAsync(Limit);
    }

    /// <summary>The rows of a stream, once the pipeline has ended.</summary>
    public static async Task<List<TOut>> RowsAsync<T, TOut>(
        T[] rows, Func<Stream<T>, Stream<TOut>> build, JobOptions? options = null, ICollection<DeadLetter>? deadLetters = null)
    {
        Pipeline pipeline = Pipeline.Create("test");
        var output = new List<TOut>();
        build(pipeline.Read("rows", Sources.Of(rows))).Write("out", Sinks.ForEach<TOut>(output.Add));
        if (deadLetters is not null)
            pipeline.DeadLettersTo(Sinks.ForEach<DeadLetter>(deadLetters.Add));
        await pipeline.ToEndAsync(options);
        return output;
    }

    /// <summary>Numbers, each the number of its second, in order.</summary>
    public static Stream<int> ReadSeconds(this Pipeline pipeline, string name, params int[] rows) =>
        pipeline.Read(name, Sources.Of(rows)).WithEventTime(row => row * 1_000_000L, Watermarks.Monotonic());
}
