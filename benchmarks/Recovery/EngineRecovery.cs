using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Core.Process;
using ActorStreams.Core.Regions;

namespace ActorStreams.Benchmarks.Recovery;

/// <summary>The recovery benchmark on ActorStreams: ten million values of a keyed state, restored by starting the job.</summary>
internal static class EngineRecovery
{
    private static (long Rows, TemporaryFolder Folder)? _stored;

    public static Measurement Run(long rows)
    {
        Store store = Store.Sqlite(StoredBy(rows));
        try
        {
            return Run(rows, store);
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Starts the job from a store that has its keys.</summary>
    public static Measurement Run(long rows, Store store)
    {
        var meter = Meter.Start();
        Job job = Job.StartAsync(PipelineOf(0), store, Options).GetAwaiter().GetResult();
        meter.Stop();
        job.Completion.GetAwaiter().GetResult();

        Outcome found = default;
        IKeyedState<long>[] stateOfShard = [.. Enumerable.Range(0, job.Run.Shards.Count)
            .Select(shard => job.Run.Regions.First(region => region.Shards.Contains(shard)))
            .Select(region => ((ProcessStates<long>)((IEntityHost<long>)region).Entities).Function.States[0])];
        for (long key = 1; key <= rows; key++)
        {
            ulong hash = Core.Keys.KeyHash<long>.Of(key, job.Run.Shards.Seed);
            (long count, long sum, long low, long high) = ((long, long, long, long))stateOfShard[job.Run.Shards.ShardOf(hash)].Read(key,
                hash)!;
            found += Recovery.OutcomeOf(new KeyState { Key = key, Count = count, Sum = sum, Low = low, High = high });
        }

        job.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return meter.Result(rows, found);
    }

    private static JobOptions Options => new() { Parallelism = 2, EpochInterval = TimeSpan.FromSeconds(1), MaxEventTimeAhead = null };

    private static Pipeline PipelineOf(long rows)
    {
        var pipeline = Pipeline.Create("recovery");
        pipeline.Read("keys", new KeySource(rows)).KeyBy(key => key).Process("states", () => new Keeper()).Write("none", new NoSink());
        return pipeline;
    }

    private static string StoredBy(long rows)
    {
        if (_stored is { } kept && kept.Rows == rows)
            return kept.Folder.File("engine.db");
        _stored?.Folder.Dispose();
        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (Directory.Exists(folder.Path))
                folder.Dispose();
        };
        StoreAsync(Store.Sqlite(folder.File("engine.db")), rows).GetAwaiter().GetResult();
        _stored = (rows, folder);
        return folder.File("engine.db");
    }

    /// <summary>Fills a store with the keys, and disposes of it.</summary>
    public static async Task StoreAsync(Store store, long rows)
    {
        await using Store closed = store;
        await using Job job = await Job.StartAsync(PipelineOf(rows), store, Options);
        await job.Completion;
    }

    private sealed class Keeper : ProcessFunction<long, long, long>
    {
        private readonly ValueState<(long Count, long Sum, long Low, long High)> _state;

        public Keeper() => _state = Value<(long Count, long Sum, long Low, long High)>("state");

        public override void OnRow(in long row, ProcessContext<long, long> context)
        {
            KeyState state = Recovery.StateOf(row);
            _state.Value = (state.Count, state.Sum, state.Low, state.High);
        }
    }

    private sealed class NoSink : Sink<long>
    {
        public override string Description => "nothing";

        public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

        public override ValueTask<SinkWriter<long>> OpenAsync(SinkContext context, CancellationToken cancellation) => new(new Writer());

        private sealed class Writer : SinkWriter<long>
        {
            public override void Write(in Chunk<long> chunk)
            {
            }
        }
    }

    private sealed class KeySource(long rows) : Source<long>
    {
        public override string Description => "keys";

        public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

        public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
            new(["0"]);

        public override ValueTask<SourceReader<long>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
            CancellationToken cancellation) =>
            new(new Reader(from?.Value ?? 0, rows));

        private sealed class Reader(long next, long rows) : SourceReader<long>
        {
            private long _next = next;

            public override SourceOffset Offset => new(_next);

            public override ValueTask<bool> ReadAsync(SourceBuffer<long> buffer, CancellationToken cancellation)
            {
                if (_next >= rows)
                    return new ValueTask<bool>(false);
                while (!buffer.IsFull && _next < rows)
                {
                    buffer.Add(_next + 1, _next);
                    _next++;
                }

                return new ValueTask<bool>(true);
            }
        }
    }
}
