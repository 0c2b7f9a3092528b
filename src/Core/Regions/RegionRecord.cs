using ActorStreams.Core.Exchange;
using ActorStreams.Core.Journal;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Regions;

/// <summary>What a region has from run to run: its states in the journal, its watermark, its counts.</summary>
internal sealed class RegionRecord(IRegion region, OperatorErrors errors)
{
    private IReadOnlyList<IShardedState> _states = [];
    private RegionJournal? _journal;
    private long _rowsBefore;
    private long _skippedBefore;

    /// <summary>Rows that came too late to count since the operator first started.</summary>
    public long LateRows { get; set; }

    /// <summary>Rows and errors since the operator first started, then the operator's own counts.</summary>
    public IReadOnlyDictionary<string, long> Counters(long rows, IEnumerable<(string Name, long Value)> own)
    {
        var counters = new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["rows"] = _rowsBefore + rows,
            ["errors"] = _skippedBefore +
            errors.Skipped
        };
        if (region.RefusesLateRows)
            counters["late_dropped"] = LateRows;
        foreach ((string name, long value) in own)
            counters[name] = value;
        return counters;
    }

    /// <summary>Restores what the last committed epoch left.</summary>
    /// <param name="states">The region's states.</param>
    /// <param name="opening">What it may read.</param>
    /// <param name="restoreCounters">Restores the operator's own counts: called in one of its regions.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>The watermark.</returns>
    public async ValueTask<long> RestoreAsync(
        IReadOnlyList<IShardedState> states, StageOpening opening, Action<Func<string, long>> restoreCounters,
            CancellationToken cancellation)
    {
        string name = region.OperatorName;
        _states = states;
        _journal = new RegionJournal(region.Context.Pipeline, name, region.Shards, states, region.Context.Snapshots);
        await _journal.RestoreAsync(opening, cancellation);
        if (region.Shards is { First: 0, Count: > 0 })
        {
            (_rowsBefore, _skippedBefore) = (opening.Counter(name, "rows"), opening.Counter(name, "errors"));
            if (region.RefusesLateRows)
                LateRows = opening.Counter(name, "late_dropped");
            restoreCounters(counter => opening.Counter(name, counter));
        }

        return opening.Watermark(name);
    }

    /// <summary>Reports what the ending epoch changed.</summary>
    public void Write(EpochReport report, long watermark)
    {
        if (report.IsVolatile)
        {
            foreach (IShardedState state in _states)
                state.EndJournal();
            return;
        }

        _journal!.Write(report);
        report.Watermarks.Add((region.OperatorName, watermark));
        foreach ((string name, long value) in region.Counters())
            report.Counters.Add((region.OperatorName, name, value));
    }
}
