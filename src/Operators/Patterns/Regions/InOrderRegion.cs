using ActorStreams.Core.Storage;
using ActorStreams.Operators.Patterns.Matching;

namespace ActorStreams.Operators.Patterns.Regions;

/// <summary>A region that takes the rows of its keys in the order of event time.</summary>
/// <remarks>
/// Rows wait in buckets until the watermark has passed them; then they have their turn, one after the other, and what is due at the
/// watermark is fired. What is complete is judged by the watermark rounded down to whole steps, so that a restart, after which the source
/// may say a watermark a little higher,
/// finds the same rows late. When output is full, or others are to have their turn, it stops between two rows or two firings.
/// </remarks>
internal abstract class InOrderRegion<TKey, TRow>(
    RegionSite<TKey, TRow> site, RowBuckets<TRow> waiting, MatchOutputs<TRow> outputs)
    : KeyedOperator<TKey, TRow>(site), IResumable, IFiring, IMatchOutput
{
    private int _at;
    private long _matches;
    private long _timedOut;

    public bool IsSuspended => Loop.IsSuspended;

    /// <summary>A step of event time is finished before a barrier passes, unless it can be said which of its rows are done.</summary>
    public virtual bool CanCut => false;

    /// <summary>Rows before it have had their turn, or have it now: one that comes is late.</summary>
    protected long Complete { get; private set; } = EventTime.MinValue;

    /// <summary>What was told downstream.</summary>
    protected long Told { get; private set; } = EventTime.MinValue;

    protected RowBuckets<TRow> Waiting => waiting;

    protected FiringLoop Loop { get; } = new(site.Context, outputs);

    /// <summary>Up to when things are fired.</summary>
    protected virtual long Now => Complete;

    /// <summary>What is told downstream. Rows at or above the rounded watermark still wait: what they become must not be late
    /// there.</summary>
    protected virtual long OutputWatermark => Complete;

    /// <summary>What is matched, for errors.</summary>
    protected abstract string Matched { get; }

    public override KeptBack KeptBack => KeptBack.Of("rows and partial matches", () => waiting.Count + PartialMatches);

    /// <summary>Keys with partial matches that the watermark ends.</summary>
    protected virtual long PartialMatches => 0;

    protected override IEnumerable<(string Name, long Value)> OwnCounters =>
        [("late_dropped", outputs.Late.Rows), ("matches", _matches), ("timed_out", _timedOut)];

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        Complete = Told = waiting.StepOf(Watermark);
    }

    public void Resume() => Continue();

    /// <remarks>It stops by itself where output is full, or others are to have their turn.</remarks>
    Fired IFiring.Fire() => RunRows() && FireUpTo(Now) ? Fired.All : Fired.Stopped;

    void IFiring.OnFired()
    {
        Told = OutputWatermark;
        outputs.OnWatermark(Told);
    }

    void IMatchOutput.OnMatch(int node, long time)
    {
        _matches++;
        OnMatch(node, time);
    }

    void IMatchOutput.OnTimedOut(int node, int waitedFor, long deadline)
    {
        _timedOut++;
        OnTimedOut(node, waitedFor, deadline);
    }

    protected override void RestoreCounters(Func<string, long> counter) =>
        (outputs.Late.Rows, _matches, _timedOut) = (counter("late_dropped"), counter("matches"), counter("timed_out"));

    /// <summary>A match was found; its last node is gone after the call.</summary>
    protected abstract void OnMatch(int node, long time);

    /// <summary>The time of a partial match was over; its last node is gone after the call.</summary>
    protected abstract void OnTimedOut(int node, int waitedFor, long deadline);

    /// <summary>The event time of what comes of a match that was found at <paramref name="found"/>.</summary>
    protected virtual long TimeOf(long found) => found;

    protected override void OnKeyed(in Chunk<TRow> chunk, TKey[] keys, ulong[] hashes)
    {
        for (int row = 0; row < chunk.Count;)
        {
            long time = chunk.Times[row];
            if (time < Complete)
            {
                OnLate(chunk, row++);
                continue;
            }

            long step = waiting.StepOf(time);
            int next = row + 1;
            while (next < chunk.Count && chunk.Times[next] >= Complete && waiting.StepOf(chunk.Times[next]) == step)
                next++;
            waiting.Add(chunk, hashes, row, next);
            row = next;
        }
    }

    protected void OnLate(in Chunk<TRow> chunk, int row) => outputs.Late.OnLate(chunk.Slice(row, 1), Watermark);

    protected override void Advance(long watermark)
    {
        Complete = waiting.StepOf(watermark);
        Loop.Advance(this);
    }

    /// <summary>Gives all rows their turn that are to have it.</summary>
    /// <returns>False if it stopped before the end.</returns>
    protected virtual bool RunRows()
    {
        while (waiting.Peek(Complete) is { } bucket)
        {
            if (!Run(bucket))
                return false;
            waiting.Drop();
        }

        waiting.GoneBefore(Complete);
        return true;
    }

    /// <summary>Goes on with a bucket where it was left.</summary>
    protected bool Run(RowBucket<TRow> bucket)
    {
        if (!RunBucket(bucket, ref _at))
            return false;
        _at = 0;
        return true;
    }

    /// <summary>Gives the rows of a bucket their turn, from <paramref name="at"/> on.</summary>
    /// <returns>False if it stopped before the end, at the row <paramref name="at"/>.</returns>
    protected abstract bool RunBucket(RowBucket<TRow> bucket, ref int at);

    /// <summary>Looks at one key of which something is due.</summary>
    /// <returns>False if nothing is.</returns>
    protected abstract bool FireOne(long now);

    /// <returns>Whether everything that is due was looked at; false if output is full.</returns>
    protected bool FireUpTo(long now)
    {
        while (FireOne(now))
        {
            if (!SendIfFull())
                return false;
        }

        return true;
    }

    /// <returns>Whether more may follow.</returns>
    protected bool SendIfFull() => !outputs.IsFull || outputs.Send();

    /// <summary>Puts a match out; what is thrown by the user code that makes rows of it is an error of the match.</summary>
    protected void Put<TMatch>(MatchSink<TMatch> sink, TMatch match, long time)
    {
        try
        {
            sink.Add(match, TimeOf(time));
        }
        catch (Exception error)
        {
            Errors.OnPayload(error, $"match of {Matched}", time, Position.None);
        }
    }

    protected void Continue() => Loop.Continue(this);
}
