using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Pipelines;

/// <summary>Why a batch ends what came before it. Both sources send the same marks in the same order, so aligning on them cannot
/// deadlock.</summary>
internal enum Mark
{
    None,
    WindowEnd,
    Barrier,
    End,
}

/// <summary>About 1,024 rows of one window on their way from a source to a region. There are <see cref="MiniEngine.Credits"/> of them to
/// each pair.</summary>
internal sealed class ExchangeBatch(int source)
{
    public readonly Bid[] Rows = new Bid[Bids.BatchRows + MiniSource.ChunkRows];
    public readonly int Source = source;
    public int Count;
    public long Window;
    public Mark Mark;
}

/// <summary>Sources, regions, epochs and journal of one run. No watermarks but window ends, no disorder, no growing tables, no
/// recovery.</summary>
internal sealed class MiniEngine(LoopedBids bids, long rowsPerSource, TimeSpan? epoch)
{
    public const int Regions = 2, Credits = 8;

    public Measurement Run()
    {
        using MiniJournal? journal = epoch is null ? null : new MiniJournal();
        var epochs = new MiniEpochs(journal);
        var regions = new MiniRegion[Regions];
        for (int region = 0; region < Regions; region++) regions[region] = new MiniRegion(region, bids.Keys, epochs);
        MiniSource[] sources = [.. Enumerable.Range(0, LoopedBids.Sources)
            .Select(source => new MiniSource(source, bids, rowsPerSource, regions, epochs))];

        var meter = Meter.Start();
        using (Timer? timer = epoch is { } length ? new Timer(_ => epochs.RequestBarrier(), null, length, length) : null)
        {
            Task.WaitAll([.. sources.Select(source => Task.Run(source.RunAsync)), .. regions.Select(region => Task.Run(region.RunAsync))]);
            journal?.Complete();
        }
        meter.Stop();

        Outcome outcome = regions.Aggregate(default(Outcome), (sum, region) => sum + region.Outcome);
        var notes = new List<KeyValuePair<string, double>>();
        if (journal is not null)
        {
            journal.ThrowIfIncomplete(rowsPerSource * LoopedBids.Sources);
            notes.Add(new("commits", journal.CommitTimes.Count));
            notes.Add(new("journal MB", journal.BytesWritten / 1e6));
            notes.Add(new("commit p50 ms", journal.CommitTimes.Percentile(0.5).TotalMilliseconds));
            notes.Add(new("barrier pause p50 ms", regions[0].Pauses.Percentile(0.5).TotalMilliseconds));
            notes.Add(new("barrier pause max ms", regions.Max(region => region.Pauses.Max.TotalMilliseconds)));
        }
        foreach (MiniRegion region in regions) region.Dispose();
        return meter.Result(rowsPerSource * LoopedBids.Sources, outcome) with { Notes = notes };
    }
}
